"""Fastly: purges by surrogate keys, by URL, and of everything; soft by a field of the request.

By https://www.fastly.com/documentation/reference/api/purging as of 2026-11: at most 256 keys a call; everything cannot
be purged softly. URLs are purged through the API, with the token: whoever may send PURGE to a service by itself is a
setting there.
"""

import asyncio
from typing import Any, Final
from urllib.parse import quote

from plimsoll.core.errors import UsageError
from plimsoll.edge.providers.http import POST_S, Answer, Client, checked_secret, outcome_of
from plimsoll.edge.providers.provider import CALL_S, Acknowledged, Batch, Later, Limits, Outcome, Rate, Refused
from plimsoll.edge.purge.naming import purged
from plimsoll.edge.purge.wish import Kind

API: Final = "https://api.fastly.com"
KEYS_MAX: Final = 256  # of one call
URLS_MAX: Final = 8  # of one batch: each is a call of its own
# Ours: its documents tell of a limit by the hour without its figure for every account, and of 429 when it is reached.
_CALLS: Final = Rate(10.0, 100.0)
_KEYS: Final = Rate(25.0, 1_000.0)


class Fastly:
    """Of one service. A tag is purged with its family's, two keys at most; there are no prefixes, patterns or hosts."""

    name: Final = "fastly"

    def __init__(self, service: str, token: str, *, api: str = API) -> None:
        if not (service.isascii() and service.isalnum() and len(service) <= 64):
            why = "a service's id is of letters and digits"
            raise UsageError("FASTLY_SERVICE_ID cannot be a service", why=why, remedy="copy it from the service's page")
        self._api, self._service = api, f"{api}/service/{service}"
        self._fields = {"Fastly-Key": checked_secret("FASTLY_API_TOKEN", token)}
        self._client = Client((token,))
        self.limits = Limits(
            {Kind.TAG: KEYS_MAX // 2, Kind.URL: URLS_MAX, Kind.ALL: 1}, _CALLS, {Kind.TAG: _KEYS, Kind.URL: _CALLS}
        )

    async def purge(self, batch: Batch) -> Outcome:
        fields = self._fields if batch.hard or batch.kind is Kind.ALL else {**self._fields, "Fastly-Soft-Purge": "1"}
        if batch.kind is Kind.URL:
            return await self._purge_urls(batch.whats, fields)
        if batch.kind is Kind.ALL:
            answer = await self._client.post(f"{self._service}/purge_all", fields)
            outcome = self._outcome(answer)
            return Later(outcome.why) if isinstance(outcome, Refused) else outcome  # nothing in it could be wrong
        keys = list(dict.fromkeys(name for tag in batch.whats for name in purged(tag)))
        return self._outcome(await self._client.post(f"{self._service}/purge", fields, {"surrogate_keys": keys}))

    async def close(self) -> None:
        await self._client.close()

    async def _purge_urls(self, urls: tuple[str, ...], fields: dict[str, str]) -> Outcome:
        """The worst of what is said: what went well is sent again, which does no harm."""
        assert POST_S < CALL_S
        posts = (
            self._client.post(f"{self._api}/purge/{quote(url.partition('://')[2], safe=_IN_URLS)}", fields)
            for url in urls
        )
        outcomes = [self._outcome(answer) for answer in await asyncio.gather(*posts)]
        for kind in (Later, Refused):
            for outcome in outcomes:
                if isinstance(outcome, kind):
                    return outcome
        return Acknowledged()

    def _outcome(self, answer: Answer) -> Outcome:
        told: Any = answer.told or {}
        said = told.get("detail") or told.get("msg") or ""
        return outcome_of(answer, self._client.shown(said) if isinstance(said, str) else "")


_IN_URLS: Final = "/:?&=%;@!$'()*+,~[]-._"
