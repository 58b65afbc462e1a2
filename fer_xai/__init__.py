"""Do networks that recognise facial expressions look where people look?"""

__version__ = "0.1.0"
