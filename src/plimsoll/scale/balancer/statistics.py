"""What HAProxy answers to `show stat` and `show info`, read by the names of columns, as values."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final

from plimsoll.core.balancing import BalancerFigures, Counts, Glance, ServerFigures, State, Times
from plimsoll.core.errors import ServiceError
from plimsoll.scale.balancer.algorithm import Algorithm
from plimsoll.scale.balancer.configuration import FRONTEND
from plimsoll.scale.balancer.server import LAST_RESORT, Key

SHOW_STAT: Final = "show stat -1 7 -1"  # every proxy; frontends, backends and servers
SHOW_GLANCE: Final = "show stat -1 3 -1"  # without the servers: seven lines however many there are
SHOW_INFO: Final = "show info"
_ANSWERS: Final = ("hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "hrsp_other")
_COLUMNS: Final = (
    *("pxname", "svname", "sid", "status", "check_status", "scur", "qcur", "slim", "uweight"),
    *("stot", "req_tot", "intercepted", "eresp", "wretr", "wredis", "cli_abrt", "srv_abrt", "chkdown"),
    *(*_ANSWERS, "qtime", "ctime", "rtime"),
)
_GLANCED: Final = ("pxname", "svname", "stot", "intercepted", "qcur", *_ANSWERS)
_BACKENDS: Final = frozenset(one.value for one in Algorithm)

Line = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A server of a backend as HAProxy has it."""

    held: bool
    checked: bool
    down: bool
    weight: int
    limit: int
    in_flight: int
    number: int


def lines(answer: str, columns: Sequence[str] = _COLUMNS) -> list[Line]:
    """Rows of `show stat`, of its hundred columns those that are read. ServiceError where it is none."""
    header, *rows = [*csv.reader(StringIO(answer.removeprefix("# ")))] or [[]]
    if missing := [name for name in columns if name not in header]:
        why = f"it has no column {missing[0]}" if rows else f"it says {answer[:100]!r}"
        raise ServiceError("HAProxy's statistics cannot be read", why=why, remedy="use HAProxy 2.8 or newer")
    places = [(name, header.index(name)) for name in columns]
    return [{name: row[place] for name, place in places} for row in rows if len(row) >= len(header)]


def found(rows: Sequence[Line]) -> dict[Key, Found]:
    """What is there, by backend and name."""
    return {
        (row["pxname"], row["svname"]): Found(
            held=row["status"].startswith("MAINT"),
            checked=bool(row["check_status"]),
            down=row["status"].startswith("DOWN"),
            weight=_number(row, "uweight"),
            limit=_number(row, "slim"),
            in_flight=_number(row, "scur") + _number(row, "qcur"),
            number=_number(row, "sid"),
        )
        for row in _servers(rows)
    }


def figures(rows: Sequence[Line], info: str, algorithm: Algorithm) -> BalancerFigures:
    """`algorithm`: the one in use, whose times are told; counts are those of all."""
    told = dict(line.split(": ", 1) for line in info.splitlines() if ": " in line)
    front, backends = _front(rows), _backends(rows)
    if not told.get("Pid", "").isdecimal():
        raise _others()
    own = next((row for row in backends if row["pxname"] == algorithm), front)
    servers = tuple(_server_figures(rows, algorithm))
    return BalancerFigures(
        process=int(told["Pid"]),
        uptime_s=int(told.get("Uptime_sec", "0")),
        algorithm=algorithm.value,
        connections=_number(front, "scur"),
        in_flight=sum(_number(row, "scur") for row in backends),
        queued=sum(_number(row, "qcur") for row in backends) + sum(one.queued for one in servers),
        counts=Counts(
            requests=_came(front, backends),
            answers=_answered(front, backends),
            errors=_errors(front, backends),
            failures=sum(_number(row, "eresp") for row in backends),
            retries=sum(_number(row, "wretr") for row in backends),
            redispatched=sum(_number(row, "wredis") for row in backends),
            aborted=sum(_number(row, "cli_abrt") for row in backends),
            cut=sum(_number(row, "srv_abrt") for row in backends),
        ),
        times=_times(own),
        servers=servers,
    )


def glance(answer: str) -> Glance:
    """Of the answer to SHOW_GLANCE."""
    rows = lines(answer, _GLANCED)
    front, backends = _front(rows), _backends(rows)
    queued = sum(_number(row, "qcur") for row in backends)
    answered = _answered(front, backends)
    return Glance(_came(front, backends), answered, queued, answered - _errors(front, backends))


def _came(front: Line, backends: Sequence[Line]) -> int:
    """The frontend counts a connection that asks nothing, or no HTTP, as a request, too; and `req_tot` of a backend
    counts those that have ended."""
    return _refused(front) + sum(_number(row, "stot") for row in backends)


def _answered(front: Line, backends: Sequence[Line]) -> int:
    return _refused(front) + sum(_answers(row) for row in backends)


def _errors(front: Line, backends: Sequence[Line]) -> int:
    return _refused(front) + sum(_number(row, "hrsp_5xx") for row in backends)


def _refused(front: Line) -> int:
    """With 503, before a backend was chosen."""
    return _number(front, "intercepted")


def _front(rows: Sequence[Line]) -> Line:
    front = next((row for row in rows if row["pxname"] == FRONTEND and row["svname"] == "FRONTEND"), None)
    if front is None:
        raise _others()
    return front


def _backends(rows: Sequence[Line]) -> list[Line]:
    return [row for row in rows if row["pxname"] in _BACKENDS and row["svname"] == "BACKEND"]


def _others() -> ServiceError:
    return ServiceError("HAProxy's statistics cannot be read", why="they are not those of the balancer's HAProxy")


def _server_figures(rows: Sequence[Line], algorithm: Algorithm) -> Iterator[ServerFigures]:
    """One of each name: the sum of its lines; state, limit, weight and times as in the backend that is in use."""
    by_name: dict[str, list[Line]] = {}
    for row in _servers(rows):
        by_name.setdefault(row["svname"].removesuffix(LAST_RESORT), []).append(row)
    for name, its in sorted(by_name.items()):
        own = next((row for row in its if (row["pxname"], row["svname"]) == (algorithm, name)), None)
        if own is None:
            continue  # half added or half removed
        counts = Counts()
        for row in its:
            counts = counts.plus(_server_counts(row))
        yield ServerFigures(
            name=name,
            state=_state(own["status"]),
            in_flight=sum(_number(row, "scur") for row in its),
            queued=sum(_number(row, "qcur") for row in its),
            limit=_number(own, "slim"),
            weight=_number(own, "uweight"),
            counts=counts,
            times=_times(own),
        )


def _servers(rows: Sequence[Line]) -> Iterator[Line]:
    return (row for row in rows if row["pxname"] in _BACKENDS and row["svname"] not in ("BACKEND", "FRONTEND"))


def _server_counts(row: Line) -> Counts:
    return Counts(
        requests=_number(row, "stot"),
        answers=_answers(row),
        errors=_number(row, "hrsp_5xx"),
        failures=_number(row, "eresp"),
        retries=_number(row, "wretr"),
        redispatched=_number(row, "wredis"),
        aborted=_number(row, "cli_abrt"),
        cut=_number(row, "srv_abrt"),
        downs=_number(row, "chkdown"),
    )


def _state(status: str) -> State:
    if status.startswith("MAINT"):
        return "held"
    return "down" if status.startswith(("DOWN", "NOLB")) else "up"


def _answers(row: Line) -> int:
    return sum(_number(row, name) for name in _ANSWERS)


def _times(row: Line) -> Times:
    return Times(*(float(_number(row, name)) for name in ("qtime", "ctime", "rtime")))


def _number(row: Line, name: str) -> int:
    return int(row[name]) if row[name].isdecimal() else 0  # empty where it has no meaning
