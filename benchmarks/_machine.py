"""What a figure was measured on: without it a figure says nothing."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("plimsoll-line", "asyncpg", "uvloop", "numpy", "polars")


def machine() -> str:
    """As in "2 cores, Intel(R) Xeon(R) Processor, Linux 6.1.0"."""
    return f"{cores()} cores, {_cpu_model()}, {platform.system()} {platform.release()}"


def cores() -> int:
    """Those we may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def versions(*more: str) -> str:
    """Of Python and of what the hot path stands on; `more` is given as it is to be read."""
    ours = [f"{package} {version(package)}" for package in PACKAGES]
    return ", ".join([f"Python {platform.python_version()}", *ours, *more])


def command() -> str:
    """The command that was given, as one would type it at the root of the repository."""
    root = Path(__file__).resolve().parents[1]
    script = Path(sys.argv[0]).resolve()
    shown = script.relative_to(root) if script.is_relative_to(root) else script.name
    return " ".join(["python", str(shown), *sys.argv[1:]])


def peak_mb() -> float:
    """The most memory this process has ever had, in 10**6 bytes.

    From VmHWM, which begins anew with exec; getrusage's figure keeps that of whoever started us.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
