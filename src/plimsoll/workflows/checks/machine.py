"""Whether this machine can generate what a run needs. Pure."""

from dataclasses import dataclass
from typing import Final

from plimsoll.core.check import CheckResult, counted, failed, ok, warning
from plimsoll.core.units import format_bytes, format_share
from plimsoll.workflows.checks.needs import Needs

FILES_BESIDE = 64  # a process's own: libraries, pipes, its sample file, the event loop's
BUSY_SHARE_MAX: Final = 0.40  # of the last ten seconds in which something waited for a core
LOAD_PER_CORE_MAX: Final = 1.5  # where the system does not tell that (macOS, old kernels)
DISK_BYTES_COMFORT: Final = 256 * 1024 * 1024
DISK_BYTES_MIN: Final = 1024 * 1024  # run.json, the reserve for the summary, and some seconds of intervals


@dataclass(frozen=True, slots=True)
class MachineLook:
    """What was seen here. `open_files_max` None: no limit. `waiting_share` None: the system does not tell.

    `load_1m` is the load average of the last minute; `place` is where runs are kept, `place_error` why nothing can be
    written there.
    """

    cores: int
    open_files_max: int | None
    waiting_share: float | None
    load_1m: float
    place: str
    disk_free_bytes: int
    place_error: str = ""


def judge_machine(look: MachineLook, needs: Needs) -> list[CheckResult]:
    """File descriptors, processors and disk."""
    if needs.elsewhere:
        return [_disk(look, needs)]
    return [_files(look, needs), _cpu(look, needs), _disk(look, needs)]


def _files(look: MachineLook, needs: Needs) -> CheckResult:
    needed = needs.connections_per_process + FILES_BESIDE
    if look.open_files_max is None:
        return ok("files", f"{needed} needed in each process, no limit")
    if needed > look.open_files_max:
        return failed(
            "files",
            f"a process may open {look.open_files_max} files, the run needs {needed} in each",
            f"ulimit -n {needed}, more --processes, or --connections N for a pool",
        )
    return ok("files", f"{needed} needed in each process, {look.open_files_max} allowed")


def _cpu(look: MachineLook, needs: Needs) -> CheckResult:
    if needs.processes > look.cores:
        return warning(
            "cpu",
            f"{needs.processes} generator processes share {counted(look.cores, 'core')}: they will wait for each other",
            f"--processes {look.cores}, or a larger machine",
            figures=True,
        )
    busy = _busy(look)
    if busy:
        return warning("cpu", f"this machine was busy before the run: {busy}", "end what else runs here", figures=True)
    processes = "one generator process" if needs.processes == 1 else f"{needs.processes} generator processes"
    return ok("cpu", f"{counted(look.cores, 'core')} for {processes}, load {look.load_1m:.1f}")


def _busy(look: MachineLook) -> str:
    if look.waiting_share is not None:
        waited = f"something waited for a core in {format_share(look.waiting_share)} of the last 10 s"
        return waited if look.waiting_share > BUSY_SHARE_MAX else ""
    return (
        f"load {look.load_1m:.1f} on {counted(look.cores, 'core')}"
        if look.load_1m > LOAD_PER_CORE_MAX * look.cores
        else ""
    )


def _disk(look: MachineLook, needs: Needs) -> CheckResult:
    if look.place_error:
        return failed("disk", f"cannot write to {look.place}: {look.place_error}", "choose another with --runs DIR")
    free = format_bytes(look.disk_free_bytes)
    if look.disk_free_bytes < DISK_BYTES_MIN:
        return failed("disk", f"{free} free at {look.place}", "free some space, or choose another place: --runs DIR")
    wanted = min(needs.samples_bytes_max, DISK_BYTES_COMFORT)
    if look.disk_free_bytes < wanted:
        return warning(
            "disk",
            f"only {free} free at {look.place}: samples may not all be stored (figures count every one)",
            "free some space, choose another place with --runs DIR, or leave samples out with --no-samples",
        )
    return ok("disk", f"{free} free at {look.place}")
