"""Where the load of what somebody else runs is read: a HAProxy, a Prometheus server, text or JSON of any URL."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol
from urllib.parse import quote

from plimsoll.core.errors import UsageError
from plimsoll.monitor.application.address import Address, parse_address
from plimsoll.monitor.application.exposition import Exposition, Names, parse_exposition
from plimsoll.monitor.application.fetching import fetch
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.scale.kubernetes.figures import Document, Figure, Reader, of_query, once_each
from plimsoll.scale.kubernetes.haproxy import READS, Statistics
from plimsoll.scale.policy.readings import NAMES

ANSWER_S: Final = 2.0  # of a source; what is later is missing
QUERY: Final = "/api/v1/query?query="


class Source(Protocol):
    """`names`: the readings that it gives. `look` raises ValueError or CollectorLostError, in words."""

    names: Sequence[str]

    async def look(self, now: Callable[[], float]) -> tuple[dict[str, float], list[str]]: ...


class HaproxySource:
    names: Sequence[str] = READS

    def __init__(self, url: str, backend: str = "") -> None:
        self._address = _address(url, "--haproxy", "--haproxy 'http://lb:8404/;csv'")
        self._statistics = Statistics(backend)

    async def look(self, now: Callable[[], float]) -> tuple[dict[str, float], list[str]]:
        text = await _text(self._address)
        try:
            return self._statistics.read(text, now()), []
        except ValueError as error:
            raise ValueError(f"{self._address}: {error}") from None


class FiguresSource:
    """Prometheus' text, or JSON: told by how it begins."""

    def __init__(self, url: str, figures: Sequence[Figure]) -> None:
        self.names: Sequence[str] = [figure.name for figure in figures]
        self._address = _address(url, "--figures", "--figures http://lb:9101/metrics")
        self._reader, self._names = Reader(figures), Names()

    async def look(self, now: Callable[[], float]) -> tuple[dict[str, float], list[str]]:
        text = await _text(self._address)
        if text.lstrip()[:1] in ("{", "["):
            document = Document(json=_json(text))
        else:
            document = _document(parse_exposition(text, self._names))
        found, troubles = self._reader.read(document, now())
        return found, [f"{self._address}: {trouble}" for trouble in troubles]


class QuerySource:
    """A query to a Prometheus server. When it has no number of now it gives none."""

    def __init__(self, url: str, name: str, query: str) -> None:
        self.names: Sequence[str] = [name]
        asked = url.rstrip("/") + QUERY + quote(query, safe="")
        self._address = _address(asked, "--prometheus", "--prometheus http://prometheus:9090")

    async def look(self, now: Callable[[], float]) -> tuple[dict[str, float], list[str]]:
        try:
            return {self.names[0]: of_query(_json(await _text(self._address)))}, []
        except ValueError as error:
            raise ValueError(f"{self._address}: {self.names[0]}: {error}") from None


def parse_query(text: str) -> tuple[str, str]:
    """NAME=PROMQL. Raises UsageError."""
    name, equals, query = (part.strip() for part in text.partition("="))
    if not equals or name not in NAMES or not query:
        why = f'"{text[:200]}" is not NAME=QUERY, with a name of {", ".join(NAMES)}'
        raise UsageError("wrong query", why=why, remedy="--query 'rate=sum(rate(http_requests_total[30s]))'")
    return name, query


class Figures:
    """All sources, asked at once, `answer_s` long. `say` hears why something is missing, once for as long as it is."""

    def __init__(
        self,
        sources: Sequence[Source],
        clock: Callable[[], float],
        say: Callable[[str], None],
        answer_s: float = ANSWER_S,
    ) -> None:
        once_each(name for source in sources for name in source.names)
        self._sources, self._clock, self._say, self._answer_s = sources, clock, say, answer_s
        self._said: frozenset[str] = frozenset()

    async def look(self) -> Mapping[str, float]:
        found: dict[str, float] = {}
        troubles: set[str] = set()
        for values, missing in await asyncio.gather(*(self._of(source) for source in self._sources)):
            found |= values
            troubles |= set(missing)
        for text in sorted(troubles - self._said):
            self._say(f"a reading is missing: {text}")
        self._said = frozenset(troubles)
        return found

    async def _of(self, source: Source) -> tuple[dict[str, float], list[str]]:
        try:
            async with asyncio.timeout(self._answer_s):
                return await source.look(self._clock)
        except TimeoutError:
            return {}, [f"{', '.join(source.names)}: no answer within {self._answer_s:g} s"]
        except (CollectorLostError, ValueError) as error:
            return {}, [str(error)]


def _address(url: str, option: str, remedy: str) -> Address:
    try:
        return parse_address(url)
    except UsageError as error:
        raise UsageError(f"the address of {option} is of no use", why=error.why, remedy=remedy) from None


async def _text(address: Address) -> str:
    answer = await fetch(address)
    if answer.status != 200:
        raise ValueError(f"{address} answers with HTTP {answer.status}")
    return answer.body.decode("utf-8", "replace")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("what it answers is no JSON") from None


def _document(told: Exposition) -> Document:
    return Document([(one.name, one.labels, one.value) for one in told.samples], told.types)
