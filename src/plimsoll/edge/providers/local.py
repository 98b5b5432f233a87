"""Edges of ours: each is told over HTTP with a token, and a batch is done when all have said so."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from plimsoll.core.errors import UsageError
from plimsoll.edge.providers import varnish
from plimsoll.edge.providers.http import POST_S, Answer, Client, checked_secret, outcome_of
from plimsoll.edge.providers.provider import CALL_S, LOCAL, Acknowledged, Batch, Later, Limits, Outcome, Rate, Refused
from plimsoll.edge.purge.wish import Kind

EDGES_MAX: Final = 64
BATCH_MAX: Final = 400  # an edge takes 1,000 names in one purge, and 1 MB
HOSTS_MAX: Final = 200  # of one: each is four prefixes
TOKEN: Final = "PLIMSOLL_EDGE_TOKEN"  # noqa: S105  # the variable's name
_FIELDS: Final = {
    Kind.TAG: "tags", Kind.URL: "urls", Kind.PREFIX: "prefixes", Kind.PATTERN: "patterns", Kind.HOST: "prefixes",
}  # fmt: skip


class Local:
    """`edges` are the addresses at which edges take purges, as `http://10.0.0.5:8080/.plimsoll/purge`; of a Varnish
    as `varnish+http://10.0.0.5:8080/.plimsoll/purge`."""

    name: Final = LOCAL

    def __init__(self, edges: Sequence[str], token: str) -> None:
        self._edges = checked_edges(edges)
        self._fields = {"Authorization": f"Bearer {checked_secret(TOKEN, token)}"}
        self._client = Client((token,))
        self.limits = Limits(
            dict.fromkeys(_FIELDS, BATCH_MAX) | {Kind.HOST: HOSTS_MAX, Kind.ALL: 1}, Rate(1_000.0, 1_000.0)
        )

    async def purge(self, batch: Batch) -> Outcome:
        assert POST_S < CALL_S
        outcomes = await asyncio.gather(*(self._told(edge, batch) for edge in self._edges))
        for kind in (Later, Refused):
            for outcome in outcomes:
                if isinstance(outcome, kind):
                    return outcome
        return Acknowledged()

    async def close(self) -> None:
        await self._client.close()

    async def _told(self, edge: str, batch: Batch) -> Outcome:
        answer = await (self._tell_varnish(edge, batch) if edge.startswith(varnish.MARK) else self._tell(edge, batch))
        said = (answer.told or {}).get("detail", "")
        outcome = outcome_of(answer, self._client.shown(said) if isinstance(said, str) else "")
        return outcome if isinstance(outcome, Acknowledged) else outcome._replace(why=f"{edge}: {outcome.why}")

    async def _tell(self, edge: str, batch: Batch) -> Answer:
        return await self._client.post(edge, self._fields, body_of(batch))

    async def _tell_varnish(self, edge: str, batch: Batch) -> Answer:
        """The worst of what is said to several requests."""
        at = edge.removeprefix(varnish.MARK)
        posts = (self._client.post(at, {**self._fields, **told}) for told in varnish.tellings(batch))
        answers = await asyncio.gather(*posts)
        return next((answer for answer in answers if not answer.is_fine), answers[0])


def body_of(batch: Batch) -> dict[str, Any]:
    """What an edge is posted: lists of tags, urls, prefixes or patterns, or everything; and the reach, soft or hard."""
    reach = {"reach": "hard" if batch.hard else "soft"}
    if batch.kind is Kind.ALL:
        return {"everything": True, **reach}
    whats = list(batch.whats)
    if batch.kind is Kind.HOST:
        whats = [f"{scheme}://{host}{end}" for host in batch.whats for scheme in ("http", "https") for end in "/:"]
    return {_FIELDS[batch.kind]: whats, **reach}


def checked_edges(edges: Sequence[str]) -> tuple[str, ...]:
    """Each once. Raises UsageError."""
    urls = tuple(dict.fromkeys(edges))
    remedy = "--edge http://127.0.0.1:8080/.plimsoll/purge"
    if not 1 <= len(urls) <= EDGES_MAX:
        raise UsageError("which edges?", why=f"{len(urls)} are named, and 1 to {EDGES_MAX} are told", remedy=remedy)
    for url in urls:
        parts = urlsplit(url.removeprefix(varnish.MARK))
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query:
            why = "it is no http:// or https:// address of a host and a path, or has a name, a password or a query"
            raise UsageError("not the address of an edge", why=why, remedy=remedy)
    return urls
