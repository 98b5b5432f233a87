"""Cloudflare: purge_cache, and invalidate_cache for what is to be stale only.

By https://developers.cloudflare.com/api/resources/cache and …/cache/how-to/purge-cache as of 2026-11: one of tags,
files, prefixes, hosts or purge_everything a call, at most 100 of them; calls and URLs a second by the account's plan.
"""

from typing import Any, Final, Literal, get_args

from plimsoll.core.errors import UsageError
from plimsoll.edge.providers.http import Answer, Client, checked_secret, outcome_of
from plimsoll.edge.providers.provider import Batch, Later, Limits, Outcome, Rate, Refused
from plimsoll.edge.purge.naming import purged
from plimsoll.edge.purge.wish import Kind

API: Final = "https://api.cloudflare.com/client/v4"
OPERATIONS_MAX: Final = 100  # of one call
Plan = Literal["free", "pro", "business", "enterprise"]
_CALLS: Final = {
    "free": Rate(5 / 60, 25),
    "pro": Rate(5, 25),
    "business": Rate(10, 50),
    "enterprise": Rate(50, 500),
}
_URLS: Final = {"free": 800.0, "pro": 1_500.0, "business": 1_500.0, "enterprise": 3_000.0}
_FIELDS: Final = {Kind.TAG: "tags", Kind.URL: "files", Kind.PREFIX: "prefixes", Kind.HOST: "hosts"}


class Cloudflare:
    """Of one zone. A tag is purged with its family's, two operations at most; there are no patterns."""

    name: Final = "cloudflare"

    def __init__(self, zone: str, token: str, *, plan: Plan = "free", api: str = API) -> None:
        if not (zone.isascii() and zone.isalnum() and len(zone) <= 64):
            why = "a zone's id is of letters and digits"
            raise UsageError("CLOUDFLARE_ZONE_ID cannot be a zone", why=why, remedy="copy it from the zone's overview")
        self._zone = f"{api}/zones/{zone}"
        self._fields = {"Authorization": f"Bearer {checked_secret('CLOUDFLARE_API_TOKEN', token)}"}
        self._client = Client((token,))
        half = OPERATIONS_MAX // 2
        self.limits = Limits(
            {Kind.TAG: half, Kind.URL: OPERATIONS_MAX, Kind.PREFIX: OPERATIONS_MAX, Kind.HOST: OPERATIONS_MAX}
            | {Kind.ALL: 1},
            _CALLS[plan],
            {Kind.URL: Rate(_URLS[plan], _URLS[plan])},
        )

    async def purge(self, batch: Batch) -> Outcome:
        url = f"{self._zone}/{'purge_cache' if batch.hard else 'invalidate_cache'}"
        answer = await self._client.post(url, self._fields, _body(batch))
        said = self._client.shown(_errors(answer))
        if answer.is_fine and (answer.told is None or answer.told.get("success") is not True):
            return Later(f"it answered {answer.status} without success{f': {said}' if said else ''}")
        outcome = outcome_of(answer, said)
        if isinstance(outcome, Refused) and batch.kind is Kind.ALL:
            return Later(outcome.why)  # there is nothing in it that could be wrong
        return outcome

    async def close(self) -> None:
        await self._client.close()


def checked_plan(text: str) -> Plan:
    """Raises UsageError."""
    for plan in get_args(Plan):
        if plan == text:
            return plan  # type: ignore[no-any-return]  # one of the literals
    raise UsageError("wrong PLIMSOLL_CLOUDFLARE_PLAN", why=f"{text[:40]!r} is none of {', '.join(get_args(Plan))}",
                     remedy="set the account's plan: its limits are told by that")  # fmt: skip


def _body(batch: Batch) -> dict[str, Any]:
    if batch.kind is Kind.ALL:
        return {"purge_everything": True}
    whats = list(batch.whats)
    if batch.kind is Kind.TAG:
        whats = list(dict.fromkeys(name for tag in batch.whats for name in purged(tag)))
    if batch.kind is Kind.PREFIX:  # host and path, without a scheme
        whats = list(dict.fromkeys(url.partition("://")[2].rstrip("/") for url in batch.whats))
    return {_FIELDS[batch.kind]: whats}


def _errors(answer: Answer) -> str:
    """ "1136: no such …; …", of what the API tells."""
    errors = (answer.told or {}).get("errors")
    told = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return "; ".join(f"{one.get('code')}: {one.get('message')}" for one in told[:3])
