"""What to do about cores that the platform wants and does not get."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from plimsoll.analyze.evidence.cpu_use import OTHER_SERVER
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.wait_parts import times
from plimsoll.analyze.recommending.making import made
from plimsoll.analyze.rules.cpu_saturation import KIND
from plimsoll.analyze.rules.cpu_withheld import LIMIT_SUBJECT, QUOTA_SUBJECT, STEAL_SUBJECT
from plimsoll.core.finding import Finding, How, Recommendation
from plimsoll.core.units import format_share
from plimsoll.settings.masking import MASK

ALL_OF_IT: Final = 0.95  # of what a finding explains


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    if finding.kind != KIND:
        return
    if finding.subject == LIMIT_SUBJECT:
        yield from _raise_limit(finding)
    elif finding.subject == QUOTA_SUBJECT:
        yield _find_quota(finding)
    elif finding.subject == STEAL_SUBJECT:
        yield from _own_cores(finding)
    else:
        yield from _move_away(finding)


def _move_away(finding: Finding) -> Iterator[Recommendation]:
    first, unlisted = _first(finding), float(finding.details.get("unlisted", 0.0))
    part = float(first.get("part", 1.0))
    if not first.get("pids"):
        yield _find_out(finding, 1.0)
    elif unlisted > part:
        yield _find_out(finding, unlisted)
    if first.get("pids"):
        yield from _stop(_of_one(finding, part), first, _why(finding, part, "this program's"))
    yield made(
        finding, "keep the platform's cores to itself", "short-term", "hours",
        "what is moved elsewhere needs room there",
        How("setting", "CPUWeight=1000", "[Service] of the platform's systemd units, and CPUWeight=10 for batch "
            "work; in Kubernetes: cpu requests of the platform, and batch work on other nodes"),
    )  # fmt: skip


def _stop(of_it: Finding, first: dict[str, Any], why: str) -> Iterator[Recommendation]:
    """What to do about one program; `why` says why that may not be all."""
    name, pids, some = first.get("name") or of_it.subject, list(first["pids"]), _some(first)
    listed = ",".join(map(str, pids))
    if name.startswith(OTHER_SERVER):
        yield _partly(made(
            of_it, f"end the load of {name} while this one is measured", "immediate", "minutes", "its users wait",
            How("command", f"ps -o pid,ppid,args -p {listed}", "the first of these has its data "
                "directory and port; then stop what works on it, or the server itself (pg_ctl stop -D <its data>)"),
        ), why)  # fmt: skip
        return
    yield _partly(made(
        of_it, f"stop {name}, or let it run at another time", "immediate", "minutes", "what it does is not done",
        How("command", _if_still(name, pids, "kill -STOP"), f"{some}pauses it to see the difference, where the number "
            "is still that of this program; kill -CONT lets it go on"),
    ), why)  # fmt: skip
    yield _partly(made(
        of_it, f"give {name} only what the platform leaves", "immediate", "minutes", "it takes longer itself",
        How("command", _if_still(name, pids, "renice -n 19 -p"), f"{some}it still runs where cores are idle"),
        How("command", f"taskset -acp <other cores> {pids[0]}", "where the machine has cores to spare"),
    ), why)  # fmt: skip


def _find_out(finding: Finding, part: float) -> Recommendation:
    found = made(
        _of_one(finding, part), "find out what else runs on the machine", "immediate", "minutes", "none",
        How("command", "pidstat -u 1 10", "processes that live for a moment only: execsnoop"),
    )  # fmt: skip
    return _partly(found, _why(finding, part, "their"))


def _if_still(name: str, pids: list[int], does: str) -> str:
    """A command for those of these processes that are still the program: numbers are given anew."""
    words = shlex.quote(name.partition("…")[0].partition(MASK)[0].strip() or name)
    same = f"cat /proc/$p/comm /proc/$p/cmdline | tr -s '\\0[:space:]' ' ' | grep -qF -- {words}"
    return f"for p in {' '.join(map(str, pids))}; do {same} && {does} $p; done"


def _why(finding: Finding, part: float, whose: str) -> str:
    """Why a part of the programs is not promised all that the finding explains."""
    if finding.share is None or part >= ALL_OF_IT:
        return ""
    return f"{whose} part ({format_share(part)}) of the {format_share(finding.share.value)} that all of them explain"


def _partly(advice: Recommendation, why: str) -> Recommendation:
    return replace(advice, effect=f"{advice.effect}: {why}") if why else advice


def _of_one(finding: Finding, part: float) -> Finding:
    """What the finding costs, as far as it is this program's: others that take cores go on."""
    return finding if finding.share is None else replace(finding, share=times(finding.share, part))


def _some(program: dict[str, Any]) -> str:
    named, all_of_them = len(program.get("pids", ())), program.get("processes", 0)
    return f"{named} of its {all_of_them} processes, pgrep finds the others; " if all_of_them > named else ""


def _first(finding: Finding) -> dict[str, Any]:
    return next(iter(finding.details.get("processes", ())), {})


def _raise_limit(finding: Finding) -> Iterator[Recommendation]:
    limit = float(finding.details.get("limit_cores") or 1)
    yield made(
        finding, f"raise the container's CPU limit from {limit:g} cores", "immediate", "minutes",
        "it takes the cores from others on the host",
        How("command", f"docker update --cpus {_more(limit):g} <container>", "Kubernetes: resources.limits.cpu, or "
            "requests without a limit"),
    )  # fmt: skip
    yield made(
        finding, "fit the number of workers to the limit", "short-term", "hours",
        "fewer workers answer fewer requests at once",
        How("setting", f"{max(1, round(limit))} worker processes or threads", "a runtime that counts the host's cores "
            "(GOMAXPROCS, nproc) begins too many, which use the quota up early in each period and then stand still"),
    )  # fmt: skip


def _find_quota(finding: Finding) -> Recommendation:
    return made(
        finding, "find the quota, and raise it", "immediate", "minutes", "it takes the cores from others on the host",
        How("command", "cat /proc/<pid>/cgroup; cat /sys/fs/cgroup/<path>/cpu.max /sys/fs/cgroup/<path>/cpu.stat",
            "nr_throttled and throttled_usec tell how often and for how long"),
        How("command", "systemctl set-property <unit> CPUQuota=", "without a value: none; docker update --cpus 0"),
    )  # fmt: skip


def _more(limit: float) -> float:
    return max(limit + 1, 2 * limit) if limit < 4 else limit * 1.5


def _own_cores(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "run on a machine whose cores are its own", "short-term", "hours", "it costs more",
        How("setting", "an instance type with dedicated CPU, not a burstable one", "of a burstable one: are its CPU "
            "credits used up?"),
    )  # fmt: skip
    yield replace(
        made(finding, "measure again at another time", "immediate", "minutes", "none",
             How("command", "vmstat 1", "the column st must stay near 0 during the run")),
        effect="figures that can be compared",
    )  # fmt: skip
