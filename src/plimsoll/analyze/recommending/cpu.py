"""What to do about cores that the platform wants and does not get."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from plimsoll.analyze.evidence.cpu_use import OTHER_SERVER
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.wait_parts import times
from plimsoll.analyze.recommending.making import made
from plimsoll.analyze.rules.cpu_saturation import KIND
from plimsoll.analyze.rules.cpu_withheld import LIMIT_SUBJECT, QUOTA_SUBJECT, STEAL_SUBJECT
from plimsoll.core.finding import Finding, How, Recommendation


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
    first = _first(finding)
    pids, of_it = " ".join(map(str, first.get("pids", ()))), _of_one(finding, first.get("part", 1.0))
    some = _some(first)
    name = first.get("name") or finding.subject
    if pids and name.startswith(OTHER_SERVER):
        yield made(
            of_it, f"end the load of {name} while this one is measured", "immediate", "minutes", "its users wait",
            How("command", f"ps -o pid,ppid,args -p {','.join(pids.split())}", "the first of these has its data "
                "directory and port; then stop what works on it, or the server itself (pg_ctl stop -D <its data>)"),
        )  # fmt: skip
    elif pids:
        yield made(
            of_it, f"stop {name}, or let it run at another time", "immediate", "minutes", "what it does is not done",
            How("command", f"kill -STOP {pids}", f"{some}pauses it to see the difference; kill -CONT lets it go on"),
        )  # fmt: skip
        yield made(
            of_it, f"give {name} only what the platform leaves", "immediate", "minutes", "it takes longer itself",
            How("command", f"renice -n 19 -p {pids}", f"{some}it still runs where cores are idle"),
            How("command", f"taskset -acp <other cores> {pids.split()[0]}", "where the machine has cores to spare"),
        )  # fmt: skip
    else:
        yield made(
            finding, "find out what else runs on the machine", "immediate", "minutes", "none",
            How("command", "pidstat -u 1 10", "processes that live for a moment only: execsnoop"),
        )  # fmt: skip
    yield made(
        finding, "keep the platform's cores to itself", "short-term", "hours",
        "what is moved elsewhere needs room there",
        How("setting", "CPUWeight=1000", "[Service] of the platform's systemd units, and CPUWeight=10 for batch "
            "work; in Kubernetes: cpu requests of the platform, and batch work on other nodes"),
    )  # fmt: skip


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
