"""Where figures of what others measure are read: a HAProxy, a Prometheus server, text or JSON of any URL."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol
from urllib.parse import quote

from plimsoll.core.errors import UsageError
from plimsoll.monitor.application.address import Address, parse_address
from plimsoll.monitor.application.exposition import Exposition, Names, parse_exposition
from plimsoll.monitor.application.fetching import fetch
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.scale.kubernetes.haproxy import READS, Statistics
from plimsoll.scale.policy.figures import Document, Figure, Reader, of_query, once_each
from plimsoll.scale.policy.readings import NAMES, Reading

ANSWER_S: Final = 2.0  # of a source; what is later is missing
AT_ONCE_MAX: Final = 100_000  # characters that are read at once, in some ms; others must not wait for more
QUERY: Final = "/api/v1/query?query="

Heard = tuple[Mapping[str, Reading], Mapping[str, str]]  # readings, and why others are missing


class Source(Protocol):
    """`names`: the readings that it gives. `look` raises ValueError or CollectorLostError, in words."""

    names: Sequence[str]

    async def look(self, now: Callable[[], float]) -> Heard: ...


class HaproxySource:
    names: Sequence[str] = READS

    def __init__(self, url: str, backend: str = "") -> None:
        self._address = _address(url, "--haproxy", "--haproxy 'http://lb:8404/;csv'")
        self._statistics = Statistics(backend)

    async def look(self, now: Callable[[], float]) -> Heard:
        text = await _text(self._address)
        at = now()
        try:
            found = self._statistics.read(text, at)
        except ValueError as error:
            raise ValueError(f"{self._address}: {error}") from None
        return {name: Reading(value, at) for name, value in found.items()}, {}


class FiguresSource:
    """Prometheus' text, or JSON: told by how it begins. `token`: shown to who is asked, if there is one."""

    def __init__(self, url: str, figures: Sequence[Figure], token: str | None = None) -> None:
        self.names: Sequence[str] = [figure.name for figure in figures]
        self.address = _address(url, "--figures", "--figures http://lb:9101/metrics")
        if token is not None:
            self.address = _shown(self.address, token)
        self._reader, self._names = Reader(figures), Names()

    async def look(self, now: Callable[[], float]) -> Heard:
        text = await _text(self.address)
        if text.lstrip()[:1] in ("{", "["):
            return self.read(Document(json=_json(text)), now())
        if len(text) <= AT_ONCE_MAX:
            return self.read(_document(parse_exposition(text, self._names)), now())
        told = await asyncio.to_thread(parse_exposition, text)  # what is cut off here goes on there
        return self.read(_document(told), now())

    def read(self, document: Document, now: float) -> Heard:
        found, missing = self._reader.read(document, now)
        return found, {name: f"{self.address}: {name}: {why}" for name, why in missing.items()}


class QuerySource:
    """A query to a Prometheus server. When it has no number of now it gives none."""

    def __init__(self, url: str, name: str, query: str) -> None:
        self.names: Sequence[str] = [name]
        asked = url.rstrip("/") + QUERY + quote(query, safe="")
        self._address = _address(asked, "--prometheus", "--prometheus http://prometheus:9090")

    async def look(self, now: Callable[[], float]) -> Heard:
        try:
            value = of_query(_json(await _text(self._address)))
            return {self.names[0]: Reading(value, now())}, {}
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
    """All sources, asked at once, `answer_s` long. `say` hears why something is missing, once for as long as it is;
    `missing` has the reason by reading, of the last look."""

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
        self.missing: Mapping[str, str] = {}

    async def look(self) -> Mapping[str, Reading]:
        found: dict[str, Reading] = {}
        missing: dict[str, str] = {}
        for values, troubles in await asyncio.gather(*(self._of(source) for source in self._sources)):
            found |= values
            missing |= troubles
        for text in sorted(set(missing.values()) - self._said):
            self._say(f"a reading is missing: {text}")
        self._said, self.missing = frozenset(missing.values()), missing
        return found

    async def _of(self, source: Source) -> Heard:
        try:
            async with asyncio.timeout(self._answer_s):
                return await source.look(self._clock)
        except TimeoutError:
            why = f"{', '.join(source.names)}: no answer within {self._answer_s:g} s"
        except (CollectorLostError, ValueError) as error:
            why = str(error)
        return {}, dict.fromkeys(source.names, why)


def _address(url: str, option: str, remedy: str) -> Address:
    try:
        return parse_address(url)
    except UsageError as error:
        raise UsageError(f"the address of {option} is of no use", why=error.why, remedy=remedy) from None


def _shown(address: Address, token: str) -> Address:
    """With a token, which is no part of the address that is told."""
    if address.authorization is not None:
        why = "the address has a user and a password, and there is a token besides"
        raise UsageError("--figures with two secrets", why=why, remedy="leave one of them out")
    return replace(address, authorization=f"Bearer {token}")


async def _text(address: Address) -> str:
    answer = await fetch(address)
    if answer.status in (401, 403):
        raise ValueError(f"{address} wants to be shown another token (HTTP {answer.status})")
    if answer.status != 200:
        raise ValueError(f"{address} answers with HTTP {answer.status}")
    return answer.body.decode("utf-8", "replace")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("what it answers is no JSON") from None


def _document(told: Exposition) -> Document:
    return Document.of([(one.name, one.labels, one.value) for one in told.samples], told.types)
