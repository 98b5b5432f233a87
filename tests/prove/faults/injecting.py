"""What is done to a platform in a case, as context managers; a case without one is as its load and switches say."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from plimsoll.embedded import PostgresServer
from plimsoll.testing.faults.hog import cpu_hog
from plimsoll.testing.faults.sessions import held_lock, hoarded_connections, idle_transactions
from plimsoll.testing.proxy import FaultProxy
from plimsoll.testing.shop.database import INDEX_OF_CUSTOMERS
from plimsoll.testing.shop.serving import serve_shop
from tests.prove.faults import scribe
from tests.prove.faults.cases import Case
from tests.prove.faults.ground import ROLE, Ground


@dataclass
class Stage:
    """A platform while a case is played: `dsn` is its owner's; the load goes to `load_dsn` or `url`.

    `at_load` is done when the load begins, for what would else be refused before it.
    """

    case: Case
    ground: Ground
    server: PostgresServer
    dsn: str
    load_dsn: str
    url: str | None = None
    at_load: Callable[[], object] = bool

    @property
    def database(self) -> str:
        return urlsplit(self.dsn).path.removeprefix("/")

    def sql(self, *statements: str) -> None:
        self.server.sql(*statements, database=self.database)


Inject = Callable[[Stage], AbstractContextManager[None]]


@contextmanager
def staged(case: Case, ground: Ground) -> Iterator[Stage]:
    """The platform with everything in it but the fault."""
    server = ground.server(case.server)
    with ExitStack() as stack:
        dsn = stack.enter_context(ground.database(case.server))
        load_dsn = dsn if case.owned else ground.ordinary(case.server, dsn)
        stage = Stage(case, ground, server, dsn, load_dsn)
        if case.fault == "temp-spills":
            stage.sql(f"ALTER DATABASE {stage.database} SET work_mem = '{case.with_['work_mem']}'")
        if case.platform == "http":
            asks = load_dsn
            if case.fault == "distant-database":
                asks = stack.enter_context(_through(load_dsn, case.with_["delay_ms"]))
            stage.url = stack.enter_context(serve_shop(asks, case.switches, ground.target)).url
        yield stage


def injected(stage: Stage) -> AbstractContextManager[None]:
    return FAULTS.get(stage.case.fault, _nothing)(stage)


@contextmanager
def _nothing(stage: Stage) -> Iterator[None]:
    yield


@contextmanager
def _dropped_index(stage: Stage) -> Iterator[None]:
    if stage.case.platform == "scribe":
        scribe.make(stage.server, stage.database, scribe.DROPPED)
    else:
        stage.sql(f"DROP INDEX {INDEX_OF_CUSTOMERS}")
    yield


@contextmanager
def _slow_disk(stage: Stage) -> Iterator[None]:
    disk = stage.ground.disk
    assert disk is not None
    disk.slow(**stage.case.with_)
    try:
        yield
    finally:
        disk.fast()


@contextmanager
def _idle(stage: Stage) -> Iterator[None]:
    told = stage.case.with_
    statements = (
        ("UPDATE customers SET region = region WHERE id = 1",)
        if told["count"] == 1
        else ("SELECT count(*) FROM customers",)
    )
    with idle_transactions(stage.dsn, statements, told["count"]):
        time.sleep(told["age_s"])
        yield


@contextmanager
def _lock(stage: Stage) -> Iterator[None]:
    """Of the products that are bought most; of the reference platform's sessions."""
    scribes = stage.case.platform == "scribe"
    held = "SELECT FROM qa_sessions FOR UPDATE" if scribes else "UPDATE products SET stock = stock WHERE id <= 20"
    with held_lock(stage.dsn, held, **stage.case.with_):
        yield


@contextmanager
def _hoarders(stage: Stage) -> Iterator[None]:
    with ExitStack() as stack:
        hoarding = hoarded_connections(stage.dsn, role=ROLE, **stage.case.with_)
        stage.at_load = lambda: stack.enter_context(hoarding)
        yield


@contextmanager
def _hog(stage: Stage) -> Iterator[None]:
    with cpu_hog(stage.ground.target, **stage.case.with_):
        yield


@contextmanager
def _far_away(stage: Stage) -> Iterator[None]:
    with _through(stage.url or stage.load_dsn, stage.case.with_["delay_ms"]) as through:
        if stage.url is None:
            stage.load_dsn = through
        else:
            stage.url = through
        yield


@contextmanager
def _through(address: str, delay_ms: float) -> Iterator[str]:
    """The address of a proxy before it, which holds everything back for so long, each way."""
    at = urlsplit(address)
    assert at.hostname is not None
    assert at.port is not None
    with FaultProxy((at.hostname, at.port)) as proxy:
        proxy.delay(delay_ms / 1000)
        yield urlunsplit(at._replace(netloc=at.netloc.replace(f":{at.port}", f":{proxy.port}")))


FAULTS: Mapping[str, Inject] = {
    "missing-index": _dropped_index,
    "slow-disk": _slow_disk,
    "slow-commits": _slow_disk,
    "idle-transaction": _idle,
    "held-lock": _lock,
    "connection-exhaustion": _hoarders,
    "cpu-hog": _hog,
    "network-delay": _far_away,
    "small-pool": _far_away,
}
