"""Who uses the cores that the load's platform runs on. Pure.

The platform's processes may be pinned to some of the machine's cores: then these alone count, and what other processes
use of them. Everything is in cores: 0.5 is half of one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from plimsoll.analyze.accounting import DATABASE_TREE, application_trees
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.core.details import OURS
from plimsoll.core.recorded import Document

UNNAMED: Final = "unlisted or short-lived processes"
OTHER_SERVER: Final = "another PostgreSQL server"
BOUND_MIN: Final = 0.05  # cores
# What a request may pass through, or an application ask: where the load keeps them busy they are part of the platform.
SERVICES: Final = frozenset(
    ("pgbouncer", "odyssey", "pgcat", "pgdog", "haproxy", "nginx", "envoy", "caddy", "traefik", "varnishd",
     "redis-server", "valkey-server", "memcached", "docker-proxy", "rabbitmq-server", "beam.smp")
)  # fmt: skip
DATABASES: Final = frozenset(("postgres", "mysqld", "mariadbd", "mongod"))  # where none is watched as such
WORKER_MIN: Final = 0.5  # of the busiest process of an application: such as work as much serve beside it
UNNAMED_MIN: Final = 0.15  # of the machine: below it lies the noise of looks that are not of one moment
NOTICED: Final = 0.01  # cores
NAME_CHARACTERS_MAX: Final = 48


@dataclass(frozen=True, slots=True)
class Program:
    """Processes of one name and command outside of every watched tree, or those of a tree; `each` of them by itself.

    `roams`: it may run elsewhere, while the platform is pinned."""

    name: str
    tree: str
    cores: float
    pids: Sequence[int]
    each: Sequence[float]
    roams: bool = False


@dataclass(frozen=True, slots=True)
class CpuUse:
    """`limit` is how many cores the platform may use; `database`, `application`, `generator` and `services` (poolers,
    proxies, caches) are what these use of them. `others` are who else, the busiest first, what no look has named last.
    `workers` are the processes of the application that do most of its work, `busiest_worker` is what the first of them
    uses. `placed`: looks at processes told where the platform may run."""

    limit: float
    pinned: bool
    database: float
    application: float
    services: float
    generator: float
    others: Sequence[Program]
    busiest_worker: float
    workers: int
    placed: bool

    @property
    def platform(self) -> float:
        return self.database + self.application + self.services

    @property
    def foreign(self) -> float:
        return sum(one.cores for one in self.others)

    @property
    def all(self) -> float:
        return self.platform + self.generator + self.foreign

    @property
    def busy(self) -> float:
        """Of the cores that the platform may use (0 to 1)."""
        return min(1.0, self.all / self.limit) if self.limit else 0.0

    def part(self, cores: float) -> float:
        return cores / self.limit if self.limit else 0.0


def cpu_use(evidence: Evidence) -> CpuUse | None:
    """None where no process of the platform is seen on this machine."""
    gauges = evidence.gauges
    machine = gauges.mean("host_cpu_cores")
    if not machine or not gauges.keys("process_cpu_percent"):
        return None
    looks = _looks(evidence)
    trees = [DATABASE_TREE, *application_trees(gauges)]
    allowed = allowed_cores(_rows(looks), trees)
    database = (gauges.mean("process_cpu_percent", tree=DATABASE_TREE) or 0.0) / 100
    application = sum(gauges.mean("process_cpu_percent", tree=tree) or 0.0 for tree in trees[1:]) / 100
    limit = _limit(evidence, machine, allowed)
    used = _within(limit - database - application, _on(looks, allowed, machine))
    generator = sum(one.cores for one in used if one.tree == OURS)
    served = [cores for one in used if one.tree in trees[1:] for cores in one.each]
    strangers = [one for one in used if not one.tree]
    known = SERVICES if gauges.keys("process_cpu_percent", tree=DATABASE_TREE) else SERVICES | DATABASES
    services = sum(one.cores for one in strangers if one.name in known)
    others = [one for one in strangers if one.name not in known]
    everywhere = used if allowed is None else _on(looks, None, machine)
    unnamed = _unnamed(gauges.mean("host_cpu_busy_percent"), machine, database + application, everywhere)
    generator = min(generator, max(0.0, limit - database - application - services))  # looks and gauges differ a little
    room = limit - database - application - services - generator - sum(one.cores for one in others)
    others += [replace(one, cores=min(room, one.cores * limit / machine)) for one in unnamed if room > 0]
    return CpuUse(
        limit=limit,
        pinned=allowed is not None,
        database=database,
        application=application,
        services=services,
        generator=generator,
        others=sorted((_told(one, database > 0) for one in others if one.cores >= NOTICED), key=_order),
        busiest_worker=max(served, default=0.0),
        placed=any(one.tree in trees for one in used),
        workers=sum(cores >= WORKER_MIN * max(served) for cores in served),
    )


def _told(program: Program, watched: bool) -> Program:
    """A database beside the one that is watched is no part of the platform, however alike their names are."""
    words = program.name.split()
    if not watched or not words or words[0].rstrip(":") not in ("postgres", "postmaster"):
        return program
    known = " ".join(words[1:])
    return replace(program, name=f"{OTHER_SERVER} ({known})" if known.startswith("-") else OTHER_SERVER)


def _order(program: Program) -> tuple[bool, bool, float]:
    """Who is bound to the platform's cores comes before those that happen to run there."""
    return program.name == UNNAMED, program.roams or program.cores < BOUND_MIN, -program.cores


def pinned_cores(evidence: Evidence) -> Sequence[int]:
    """The cores that the platform is pinned to, in order; none where it may use all, or nobody looked."""
    trees = [DATABASE_TREE, *application_trees(evidence.gauges)]
    return sorted(allowed_cores(_rows(_looks(evidence)), trees) or ())


def _looks(evidence: Evidence) -> Sequence[Document]:
    """Those that know what was used since the look before."""
    return [document for _, document in evidence.processes if document.get("known", True)]


def _rows(looks: Iterable[Document]) -> Iterable[Mapping[str, Any]]:
    return (row for document in looks for row in document["rows"])


def allowed_cores(rows: Iterable[Mapping[str, Any]], trees: Sequence[str]) -> frozenset[int] | None:
    """The cores that processes of these trees are pinned to; None where one of them may use all."""
    found: set[int] = set()
    for row in (row for row in rows if (row.get("tree") or "") in trees):
        cores = _cores(row)
        if cores is None:
            return None
        found |= cores
    return frozenset(found) or None


def _cores(row: Mapping[str, Any]) -> frozenset[int] | None:
    text = row.get("cores") or ""
    return frozenset(int(core) for core in text.split(",")) if text else None


def _on(looks: Sequence[Document], allowed: frozenset[int] | None, machine: float) -> Sequence[Program]:
    """What programs use of these cores on average; one that may run elsewhere too is taken to spread evenly."""
    used: dict[tuple[str, str, bool], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for document in looks:
        for row in document["rows"]:
            if row.get("memory_bytes", 1) == 0:
                continue  # the kernel's own threads work for whoever asks them to
            roams = allowed is not None and not row.get("cores")
            used[_name(row), row.get("tree") or "", roams][row["pid"]] += (
                _percent_on(row, allowed, machine) / 100 / len(looks)
            )
    return [
        Program(name, tree, sum(by_pid.values()), _ranked(by_pid), tuple(by_pid.values()), roams)
        for (name, tree, roams), by_pid in used.items()
    ]


def _ranked(by_pid: Mapping[int, float]) -> Sequence[int]:
    return sorted(by_pid, key=lambda pid: -by_pid[pid])


def _within(room: float, used: Sequence[Program]) -> Sequence[Program]:
    """What roams used elsewhere what was not left here."""
    left = room - sum(one.cores for one in used if not one.roams and one.tree in ("", OURS))
    roaming = sum(one.cores for one in used if one.roams)
    if roaming <= left or not roaming:
        return used
    factor = max(0.0, left) / roaming
    return [replace(one, cores=one.cores * factor) if one.roams else one for one in used]


def _percent_on(row: Mapping[str, Any], allowed: frozenset[int] | None, machine: float) -> float:
    percent, cores = float(row["cpu_percent"]), _cores(row)
    if allowed is None:
        return percent
    if cores is None:
        return percent * len(allowed) / machine
    return percent * len(cores & allowed) / len(cores)


def _name(row: Mapping[str, Any]) -> str:
    """ "python -m app.main" of a whole command line."""
    words = str(row.get("command") or row["name"]).split()
    said = " ".join([words[0].rpartition("/")[2] or words[0], *words[1:]]) if words else ""
    return said if len(said) <= NAME_CHARACTERS_MAX else f"{said[: NAME_CHARACTERS_MAX - 1]}…"


def _unnamed(busy_percent: float | None, machine: float, platform: float, used: Sequence[Program]) -> Sequence[Program]:
    """What the machine was busy with beyond all that is named: short-lived processes are seen by no look."""
    if busy_percent is None:
        return []
    rest = busy_percent / 100 * machine - platform - sum(one.cores for one in used if one.tree in ("", OURS))
    return [Program(UNNAMED, "", rest, (), ())] if rest > UNNAMED_MIN * machine else []


def _limit(evidence: Evidence, machine: float, allowed: frozenset[int] | None) -> float:
    cores = float(len(allowed)) if allowed is not None else machine
    container = evidence.gauges.mean("container_cpu_limit_cores")
    return min(cores, container) if container else cores
