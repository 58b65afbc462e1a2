"""A machine that does other things, too: what two busy processes beside it do to a training step."""

import os
import subprocess
import sys

from benchmarks.harness import Measured, row

STEPS = """
import signal, statistics, subprocess, sys, time
from benchmarks.bench_training import mobilenet
import torch
torch.set_num_threads(2)
module = mobilenet()
optimizer = module.make_optimizer(module.parameters())
images, labels = torch.rand(8, 3, 112, 112), torch.arange(8) % 6

def step():
    start = time.perf_counter()
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(module.network(images), labels).backward()
    optimizer.step()
    return time.perf_counter() - start

for _ in range(3):
    step()
busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
times = {signal.SIGSTOP: [], signal.SIGCONT: []}
try:
    for _ in range(5):
        for told, kept in times.items():
            for process in busy:
                process.send_signal(told)
            kept.append(statistics.median(step() for _ in range(5)))
finally:
    for process in busy:
        process.kill()
print(*map(statistics.median, times.values()))
"""


@row("training step beside two busy processes, against alone", 2.5, "times as long", higher_is_better=False)
def beside_busy_processes() -> Measured:
    """MobileNetV3 at 112 px, 8 images, two threads that wait as the program tells them to and in no other way."""
    own = ("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(own)}
    done = subprocess.run([sys.executable, "-c", STEPS], env=clean, check=True, capture_output=True, text=True)
    alone, busy = map(float, done.stdout.split())
    return Measured(busy / alone, {"alone": alone, "beside two": busy})
