"""What this process has used: memory at its peak, and processor time, which others on the machine do not change."""

import resource
import sys


def peak_mb() -> float:
    """Peak resident set size in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def cpu_s() -> float:
    """Seconds of all cores together."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
