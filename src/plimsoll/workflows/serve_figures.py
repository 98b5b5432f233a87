"""What a monitor measures, for `plimsoll serve`: read beside its loop, so that no decision waits for it."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.figures import Document, Figure, once_each, parse_figure
from plimsoll.scale.serving.elsewhere import READABLE, Clients, Elsewhere
from plimsoll.workflows.scale_figures import Figures, FiguresSource, Heard

LOOK_S: Final = 2.0
WATCHED: Final = Figure("machine_memory", "", "plimsoll_host_memory_used_percent", factor=0.01)
ALL: Final = "plimsoll_database_connections"
USABLE: Final = "plimsoll_database_connections_limit"
BY_ROLE: Final = "plimsoll_database_role_connections"
CLIENTS: Final = (ALL, USABLE, BY_ROLE)
TOLD_AS: Final = "clients"  # of all three, where one is missing


class MonitorSource(FiguresSource):
    """With the database's connections, where `with_clients`, as a `plimsoll watch` tells them. All of one look."""

    def __init__(self, url: str, figures: Sequence[Figure], token: str | None, *, with_clients: bool) -> None:
        of_clients = [Figure(path, "", path) for path in CLIENTS] if with_clients else []
        super().__init__(url, [*figures, *of_clients], token)
        self.figures = tuple(figures)
        self.names = [*(figure.name for figure in figures), *([TOLD_AS] if with_clients else [])]
        self.clients: Clients | None = None

    async def look(self, now: Callable[[], float]) -> Heard:
        self.clients = None
        return await super().look(now)

    def read(self, document: Document, now: float) -> Heard:
        """Whose role has no connection at all is not told of, and has none."""
        found, missing = super().read(document, now)
        figures = {name: reading for name, reading in found.items() if name not in CLIENTS}
        troubles = {name: why for name, why in missing.items() if name not in CLIENTS}
        if TOLD_AS not in self.names:
            return figures, troubles
        if gone := [path for path in CLIENTS if path not in found]:
            return figures, troubles | {TOLD_AS: f"{self.address}: there is no {', '.join(gone)}"}
        oldest = min(found[path].at for path in CLIENTS)
        by_role = dict(_by_role(document))
        self.clients = Clients(oldest, round(found[USABLE].value), round(found[ALL].value), by_role)
        return figures, troubles


def _by_role(document: Document) -> Iterable[tuple[tuple[str, str], int]]:
    for name, labels, value in document.samples or ():
        if name == BY_ROLE:
            told = dict(labels)
            yield (told.get("role", ""), told.get("database", "")), round(value)


def monitor_of(url: str, read: Sequence[str], token: str | None, *, with_clients: bool) -> MonitorSource:
    """`read`: figures as texts; none: those that a `plimsoll watch` tells. `with_clients`: connections are wanted, too.
    Raises UsageError."""
    figures = [parse_figure(text) for text in read] if read else [WATCHED]
    once_each(figure.name for figure in figures)
    for figure in figures:
        if figure.name not in READABLE:
            why = f"the HAProxy before the workers tells {figure.name}, newer than anybody else"
            raise UsageError("wrong --read", why=why, remedy=f"one of {', '.join(READABLE)}")
    return MonitorSource(url, figures, token, with_clients=with_clients)


def elsewhere_of(source: MonitorSource) -> Elsewhere:
    return Elsewhere(str(source.address), frozenset(figure.name for figure in source.figures))


async def keep_hearing(
    source: MonitorSource, elsewhere: Elsewhere, say: Callable[[str], None], heard: Callable[[], object]
) -> None:
    """Ends by cancelling. `say` hears what is missing, and once that all is there again; `heard` is called after each
    look."""
    loop = asyncio.get_running_loop()
    figures = Figures([source], loop.time, say)
    while True:
        before = bool(figures.missing)
        found = await figures.look()
        elsewhere.heard(found, figures.missing, source.clients)
        if before and not figures.missing:
            say(f"{elsewhere.where} tells its figures again")
        heard()
        await asyncio.sleep(LOOK_S)
