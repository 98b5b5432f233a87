"""Every case, by what is injected."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from plimsoll.core.finding import Layer
from plimsoll.testing.shop.switches import Switches
from tests.prove.faults.cases import HTTP_MIX, INTENSITIES, SQL_MIX, Case, Load, Platform

CAPACITY = ("at-capacity",)


def catalogue() -> Sequence[Case]:
    groups = (_database, _waiting, _between, _resources, _application, _errors, _unseen, _scribe, _nothing_wrong)
    return tuple(chain.from_iterable(group() for group in groups))


def _both(
    fault: str,
    expected: Sequence[str],
    layers: Sequence[Layer],
    told: Sequence[Mapping[str, object]],
    *,
    sql: Sequence[Load] = (),
    http: Sequence[Load] = (),
    switches: Sequence[Switches] = (Switches(),) * 3,
    scribe: Sequence[Load] = (),
    server: str = "plain",
) -> Iterator[Case]:
    """Low, medium, high on each platform that has loads for it."""
    loads: Mapping[Platform, Sequence[Load]] = {"sql": sql, "http": http, "scribe": scribe}
    for platform, given in loads.items():
        for load, intensity, with_, switch in zip(given, INTENSITIES, told, switches, strict=False):
            yield Case(fault, platform, intensity, load, expected, layers, with_, switch, server)


def _rates(*rates: float, mix: Mapping[str, float] = SQL_MIX, users: int = 60) -> Sequence[Load]:
    return [Load(rate, users, mix) for rate in rates]


def _with(mix: Mapping[str, float], **more: float) -> Mapping[str, float]:
    return {**mix, **more}


def _database() -> Iterator[Case]:
    yield from _both(
        "missing-index", ("missing-index",), ("database",), [{}] * 3,
        sql=[Load(40, mix=_with(SQL_MIX, account=10)), Load(60), Load(120, mix=_with(SQL_MIX, account=60))],
        http=[Load(30, mix=_with(HTTP_MIX, account=10)), Load(40), Load(80, mix=_with(HTTP_MIX, account=60))],
    )  # fmt: skip
    yield from _both(
        "temp-spills", ("temp-files",), ("database",), [{"work_mem": kb} for kb in ("1MB", "256kB", "64kB")],
        sql=[Load(60, mix=_with(SQL_MIX, statement_of_account=share)) for share in (6, 12, 25)],
        http=[Load(40, mix=_with(HTTP_MIX, statement_of_account=share)) for share in (6, 12, 25)],
    )  # fmt: skip
    yield from _both(
        "slow-disk", ("disk-io", "cache-misses"), ("system", "database"),
        [{"read_ms": read, "sync_ms": sync} for read, sync in ((0.5, 1), (2, 5), (8, 20))],
        sql=_rates(80, 80, 60), http=_rates(50, 50, 30, mix=HTTP_MIX), server="disk",
    )  # fmt: skip
    yield from _both(
        "slow-commits", ("wal-checkpoints", "disk-io"), ("system", "database"),
        [{"sync_ms": sync} for sync in (5, 20, 60)],
        sql=_rates(80, 80, 40, mix=_with(SQL_MIX, buy=60)), server="disk",
    )  # fmt: skip
    yield from _both(
        "idle-transaction", ("idle-transaction",), ("database", "application"),
        [{"count": count, "age_s": age} for count, age in ((1, 20), (2, 30), (4, 40))],
        sql=_rates(80, 120, 160), http=_rates(40, 40, 40, mix=HTTP_MIX),
    )  # fmt: skip


def _waiting() -> Iterator[Case]:
    yield from _both(
        "held-lock", ("lock-contention",), ("database",),
        [{"hold_s": hold, "pause_s": pause} for hold, pause in ((0.2, 0.8), (0.5, 0.5), (1.8, 0.2))],
        sql=_rates(80, 120, 80), http=_rates(40, 60, 40, mix=HTTP_MIX),
    )  # fmt: skip
    # A connection is held for a round trip, not for the database's time alone: as where it is not on the same machine.
    small = [Load(240, connections=2), Load(users=16, connections=2), Load(users=40, connections=1)]
    yield from _both("small-pool", ("pool-exhaustion",), ("application",), [{"delay_ms": 1.5}] * 3, sql=small)
    yield from _both(
        "application-pool", ("pool-exhaustion",), ("application",), [{}] * 3,
        http=_rates(65, 60, 60, mix=_with(HTTP_MIX, buy=60), users=200),
        switches=[Switches(pool=3, hold_ms=80), Switches(pool=2, hold_ms=80), Switches(pool=2, hold_ms=200)],
    )  # fmt: skip
    exhausted = ("connection-exhaustion",)
    yield from _both(
        "connection-exhaustion", exhausted, ("database",), [{"leave": left} for left in (1, 1, 0)],
        sql=_rates(40, 160, 80, users=12), server="crowded",
    )  # fmt: skip
    yield from _both(
        "connection-exhaustion", exhausted, ("database",), [{"leave": left} for left in (6, 3, 1)],
        http=_rates(60, 60, 80, mix=HTTP_MIX, users=12), switches=[Switches(pool=40, pool_min=1, hold_ms=30)] * 3,
        server="crowded",
    )  # fmt: skip
    yield from _both(
        "network-delay", ("network-latency",), ("network",), [{"delay_ms": ms} for ms in (3, 10, 30)],
        sql=_rates(80, 80, 40), http=_rates(40, 40, 40, mix=HTTP_MIX),
    )  # fmt: skip


def _between() -> Iterator[Case]:
    """The application's database is far from it."""
    yield from _both(
        "distant-database", ("network-latency",), ("network",), [{"delay_ms": ms} for ms in (2, 6, 20)],
        http=_rates(40, 40, 40, mix=HTTP_MIX),
    )  # fmt: skip


def _resources() -> Iterator[Case]:
    yield from _both(
        "cpu-hog", ("cpu-saturation",), ("system",), [{"processes": count} for count in (1, 3, 8)],
        sql=_rates(150, 150, 100), http=_rates(60, 60, 30, mix=HTTP_MIX),
    )  # fmt: skip
    yield from _both(
        "more-load", CAPACITY, (), [{}] * 3,
        sql=[Load(users=users, mix=_with(SQL_MIX, totals=50)) for users in (6, 16, 48)],
        http=[Load(users=users, mix=HTTP_MIX) for users in (6, 16, 48)],
    )  # fmt: skip
    yield from _both(
        "application-cpu", CAPACITY, ("application",), [{}] * 3,
        http=_rates(150, 60, 20, mix=HTTP_MIX),
        switches=[Switches(cpu_ms=6), Switches(cpu_ms=15), Switches(cpu_ms=40)],
    )  # fmt: skip


def _application() -> Iterator[Case]:
    yield from _both(
        "n-plus-one", ("n-plus-one", "chatty-requests"), ("application",), [{}] * 3,
        sql=[Load(rate, mix=_with(SQL_MIX, page_one_by_one=share)) for rate, share in ((40, 10), (40, 25), (30, 100))],
        http=_rates(20, 20, 20, mix=_with(HTTP_MIX, browse=80)),
        switches=[Switches(n_plus_one=True, page=size) for size in (15, 40, 100)],
    )  # fmt: skip


def _unseen() -> Iterator[Case]:
    """Purchases wait for a service that nobody watches: that they are slow is seen, why is not."""
    yield from _both(
        "service-outside", ("unknown",), (), [{}] * 3, http=_rates(30, 30, 30, mix=_with(HTTP_MIX, buy=60)),
        switches=[Switches(outside_ms=ms) for ms in (150, 400, 1_000)],
    )  # fmt: skip


def _errors() -> Iterator[Case]:
    yield from _both(
        "bad-credentials", ("bad-credentials",), ("application",), [{}] * 3,
        http=[Load(50, mix=_with(HTTP_MIX, account_with_an_old_token=share)) for share in (5, 20, 80)],
        switches=[Switches(token="let-me-in")] * 3,
    )  # fmt: skip
    yield from _both(
        "application-errors", ("application-errors",), ("application",), [{}] * 3,
        http=_rates(50, 50, 50, mix=HTTP_MIX), switches=[Switches(error_rate=rate) for rate in (0.03, 0.1, 0.4)],
    )  # fmt: skip
    yield from _both(
        "wrong-statements", ("statement-errors",), ("application",), [{}] * 3,
        sql=[Load(100, mix=_with(SQL_MIX, wrong_order=share)) for share in (4, 15, 60)],
    )  # fmt: skip
    yield from _both(
        "rate-limit", ("rate-limit",), ("application", "network"), [{}] * 3,
        http=_rates(50, 60, 80, mix=HTTP_MIX), switches=[Switches(requests_per_s=limit) for limit in (60, 50, 25)],
    )  # fmt: skip


def _scribe() -> Iterator[Case]:
    """The reference platform's database, with an index for each foreign key where that is not the fault."""
    yield from _both(
        "missing-index", ("missing-index",), ("database",), [{}] * 3,
        scribe=_rates(10, 20, 40, mix={}), server="scribe",
    )  # fmt: skip
    yield from _both(
        "held-lock", ("lock-contention",), ("database",),
        [{"hold_s": hold, "pause_s": pause} for hold, pause in ((0.3, 0.7), (0.6, 0.4), (1.8, 0.2))],
        scribe=_rates(30, 30, 30, mix={}), server="scribe",
    )  # fmt: skip
    yield from _both(
        "network-delay", ("network-latency",), ("network",), [{"delay_ms": ms} for ms in (3, 8, 30)],
        scribe=_rates(20, 20, 20, mix={}), server="scribe",
    )  # fmt: skip
    yield from _both(
        "cpu-hog", ("cpu-saturation",), ("system",), [{"processes": count} for count in (2, 4, 8)],
        scribe=_rates(30, 20, 20, mix={}), server="scribe",
    )  # fmt: skip
    yield from _both("healthy", (), (), [{}] * 3, scribe=_rates(5, 15, 30, mix={}), server="scribe")


def _nothing_wrong() -> Iterator[Case]:
    writes, reads = _with(SQL_MIX, buy=150), {"browse": 70.0, "account": 30.0}
    yield from _both("healthy", (), (), [{}] * 3, sql=_rates(30, 120, 200), http=_rates(15, 40, 60, mix=HTTP_MIX))
    yield from _both("healthy-writes", (), (), [{}] * 3, sql=_rates(30, 80, 120, mix=writes))
    yield from _both("healthy-reads", (), (), [{}] * 3, sql=_rates(30, 120, 200, mix=reads))
    few = [Load(users=users, mix=SQL_MIX) for users in (1, 1, 1)]
    yield from _both("healthy-one-user", (), (), [{}], sql=few)
