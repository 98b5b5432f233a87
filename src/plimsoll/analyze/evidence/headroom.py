"""Whether anybody works to capacity: before a queue is blamed, what serves it must have been idle."""

from typing import Final

from plimsoll.analyze.accounting import DATABASE_TREE, application_trees
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.core.details import OURS

HOST_BUSY_PERCENT: Final = 85.0
PROCESS_BUSY_PERCENT: Final = 85.0  # of one core, each process of a tree on average
GENERATOR_BUSY: Final = 0.85  # of one core, each process on average
GENERATOR_WAITS: Final = 0.30  # of the time, for a core: as of an open loop's validity


def host_is_busy(evidence: Evidence) -> bool:
    return (evidence.gauges.mean("host_cpu_busy_percent") or 0.0) >= HOST_BUSY_PERCENT


def application_is_busy(evidence: Evidence) -> bool:
    """Whether the processes of a watched application run, or want to, nearly all the time: a thread that holds the
    interpreter's lock can use one core, however many there are, and requests queue for it also where others have it."""
    gauges = evidence.gauges
    for tree in application_trees(gauges):
        used, count = gauges.mean("process_cpu_percent", tree=tree), gauges.mean("process_count", tree=tree)
        delayed = gauges.mean("process_run_delay_percent", tree=tree) or 0.0
        if used is not None and used + delayed >= PROCESS_BUSY_PERCENT * max(1.0, count or 1.0):
            return True
    return False


def generator_share(evidence: Evidence) -> float:
    """CPU that the generator used, of one core for each of its processes."""
    wall = sum(second.wall_s for second in evidence.load.seconds)
    return sum(second.cpu_s for second in evidence.load.seconds) / wall if wall else 0.0


def generator_is_busy(evidence: Evidence) -> bool:
    """Also where it has no core: answers that have arrived wait until it reads them."""
    return generator_share(evidence) >= GENERATOR_BUSY or generator_run_delay(evidence) >= GENERATOR_WAITS


def generator_run_delay(evidence: Evidence) -> float:
    """Its waits for a core, of one core for each of its processes."""
    wall = sum(second.wall_s for second in evidence.load.seconds)
    return sum(second.run_delay_s for second in evidence.load.seconds) / wall if wall else 0.0


def in_flight(evidence: Evidence) -> float:
    """Requests under way, on average, by the gauge that knows nothing of the samples."""
    seconds = evidence.load.seconds
    return sum(second.in_flight for second in seconds) / len(seconds) if seconds else 0.0


def application_cpu_ms(evidence: Evidence) -> float | None:
    """CPU of the application for a request, in ms: of its process trees, else of the busiest processes that were seen
    in such a tree, else at most what all others on this machine used, but for the database and the generator. None
    where the application may be elsewhere."""
    gauges, rate = evidence.gauges, evidence.load.rate_per_s
    trees = application_trees(gauges)
    if not rate:
        return None
    if trees:
        return 10 * sum(gauges.mean("process_cpu_percent", tree=tree) or 0.0 for tree in trees) / rate
    seen = _seen_in_trees(evidence)
    if seen is not None:
        return 10 * seen / rate
    busy, cores = gauges.mean("host_cpu_busy_percent"), gauges.mean("host_cpu_cores")
    if busy is None or cores is None or evidence.setting.target_is_here is not True:
        return None
    database = gauges.mean("process_cpu_percent", tree=DATABASE_TREE) or 0.0
    load = 100 * generator_share(evidence) * evidence.setting.processes
    return 10 * max(0.0, busy * cores - database - load) / rate


def application_is_seen(evidence: Evidence) -> bool:
    """Whether the application's own processes were watched: a machine with idle CPUs does not say who sleeps on it."""
    return bool(application_trees(evidence.gauges)) or _seen_in_trees(evidence) is not None


def _seen_in_trees(evidence: Evidence) -> float | None:
    """Percent of a core, on average over the looks; None where no process was in an application's tree."""
    sums = [
        sum(row["cpu_percent"] for row in document["rows"] if row.get("tree") not in (None, "", DATABASE_TREE, OURS))
        for _, document in evidence.processes
    ]
    return sum(sums) / len(sums) if any(sums) else None
