"""Do networks that recognise facial expressions look where people look?"""

import os

__version__ = "0.1.0"

# Threads of OpenMP that wait actively take the cores from whatever else the machine does, and a training step beside
# it then takes twenty times as long. The libraries read this once, when they are loaded; children inherit it.
if not os.environ.keys() & {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"}:
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
