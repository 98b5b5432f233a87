"""The application behind `plimsoll serve` that a run loads: found by its URL or its name, asked beside the load."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from plimsoll.core.errors import PlimsollError
from plimsoll.core.recorded import Document
from plimsoll.core.scaled_run import FACT, document_of
from plimsoll.core.scaling import DecisionRecord, Happening, ScalingHistory, ScalingStatus
from plimsoll.monitor.scaling.remembering import Seen
from plimsoll.scale.serving.control.client import ControlClient
from plimsoll.settings.identity import normal_host
from plimsoll.settings.masking import mask
from plimsoll.workflows.scaling import ROOT, find, served
from plimsoll.workflows.served import ServedHere

ENTRIES_MAX: Final = 500  # decisions and happenings of a run, the newest
ANSWER_S: Final = 3.0


class ServedTarget:
    """`look` is for who watches (`monitor.scaling`), `since` for the end of the run."""

    def __init__(self, name: str, root: Path = ROOT) -> None:
        self.name = name
        self._root, self._here = root, ServedHere(root)
        self._status: ScalingStatus | None = None
        self._decisions: deque[DecisionRecord] = deque(maxlen=ENTRIES_MAX)
        self._happenings: deque[Happening] = deque(maxlen=ENTRIES_MAX)

    async def look(self, since: Mapping[str, float]) -> Sequence[Seen]:
        seen = await self._here.seen(self.name, since.get(self.name, 0.0))
        self._status = seen.status or self._status
        if seen.history is not None:
            self._decisions += seen.history.decisions
            self._happenings += seen.history.happenings
        return [seen]

    async def since(self, since_s: float) -> tuple[Mapping[str, Document], Sequence[str]]:
        """What was decided about workers and what happened to them since then, as a document by its kind; where nobody
        answers any more as far as it was seen, with the reason."""
        client = ControlClient(self._root / self.name)
        try:
            async with asyncio.timeout(ANSWER_S):
                status, history = await client.status(), await client.history(since_s, ENTRIES_MAX)
        except (PlimsollError, TimeoutError) as error:
            why = mask(str(error)) or f"no answer within {ANSWER_S:g} s"
            said = f"not watched to the end: decisions about the workers of {self.name}: {why}"
            return self._seen_since(since_s), (said,)
        return {FACT: document_of(status, history)}, ()

    def _seen_since(self, since_s: float) -> Mapping[str, Document]:
        if self._status is None:
            return {}
        decisions = tuple(one for one in self._decisions if one.at > since_s)
        happenings = tuple(one for one in self._happenings if one.at > since_s)
        return {FACT: document_of(self._status, ScalingHistory(decisions, happenings))}


async def served_target(name: str | None, url: str | None, root: Path = ROOT) -> ServedTarget | None:
    """Of that name, else the one whose address the URL is; None where it is nobody's who serves here.

    Raises UsageError and NobodyServesError for a name that is none, or none's who serves.
    """
    if name is not None:
        return ServedTarget((await find(name, root)).state.name, root)
    if url is None or (wanted := _place(url)) is None:
        return None
    names = await served(root)
    told = await asyncio.gather(*(_address(ControlClient(root / one)) for one in names))
    return next((ServedTarget(one, root) for one, at in zip(names, told, strict=True) if at == wanted), None)


async def _address(client: ControlClient) -> tuple[str, int] | None:
    """Of one that does not answer, nothing: a run that did not name it is not held up by it."""
    try:
        async with asyncio.timeout(ANSWER_S):
            status: ScalingStatus = await client.status()
    except (PlimsollError, TimeoutError):
        return None
    return _place(status.address)


def _place(url: str) -> tuple[str, int] | None:
    """Host and port, in one spelling."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return None if port is None else (normal_host(parts.hostname or ""), port)
