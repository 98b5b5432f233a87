"""Providers by name, with what the environment says of them, and what each can purge."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.edge.providers.provider import LOCAL, Provider
from plimsoll.edge.purge.wish import Kind

KINDS: Final[Mapping[str, frozenset[Kind]]] = {
    LOCAL: frozenset(Kind),
    "cloudflare": frozenset({Kind.TAG, Kind.URL, Kind.PREFIX, Kind.HOST, Kind.ALL}),
    "fastly": frozenset({Kind.TAG, Kind.URL, Kind.ALL}),
}
KNOWN: Final = tuple(KINDS)


def providers_of(names: Sequence[str], environ: Mapping[str, str], edges: Sequence[str]) -> tuple[Provider, ...]:
    """Raises UsageError, without a credential in it, for what is missing or wrong."""
    return tuple(_provider(name, environ, edges) for name in dict.fromkeys(names))


def able(names: Iterable[str], kind: Kind) -> tuple[list[str], list[str]]:
    """Which of them can purge by this, and which cannot. A provider that is not ours is taken at its word."""
    can: list[str] = []
    cannot: list[str] = []
    for name in names:
        (can if kind in KINDS.get(name, frozenset(Kind)) else cannot).append(name)
    return can, cannot


def _provider(name: str, environ: Mapping[str, str], edges: Sequence[str]) -> Provider:
    """Imports within: a client of one is of no use to who has the other."""
    from plimsoll.edge.providers.http import checked_secret

    if name == LOCAL:
        from plimsoll.edge.providers.local import TOKEN, Local

        return Local(edges, checked_secret(TOKEN, environ.get(TOKEN)))
    if name == "cloudflare":
        from plimsoll.edge.providers.cloudflare import Cloudflare, checked_plan

        token = checked_secret("CLOUDFLARE_API_TOKEN", environ.get("CLOUDFLARE_API_TOKEN"))
        plan = checked_plan(environ.get("PLIMSOLL_CLOUDFLARE_PLAN", "free"))
        return Cloudflare(environ.get("CLOUDFLARE_ZONE_ID", ""), token, plan=plan)
    if name == "fastly":
        from plimsoll.edge.providers.fastly import Fastly

        token = checked_secret("FASTLY_API_TOKEN", environ.get("FASTLY_API_TOKEN"))
        return Fastly(environ.get("FASTLY_SERVICE_ID", ""), token)
    remedy = f"--provider {', '.join(KNOWN)}; or plimsoll.edge.purge.purger.Purger with one of your own"
    raise UsageError("no such provider", why=f"{name[:60]!r} is none of {', '.join(KNOWN)}", remedy=remedy)
