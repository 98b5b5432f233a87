"""What a Varnish with our configuration (`plimsoll edge config varnish`) is told: it reads no bodies, so fields say it.

Told at `varnish+http://…`, among the edges of `local`. It knows tags, addresses and everything; prefixes, patterns and
hosts purge everything there, rather than too little.
"""

from typing import Final

from plimsoll.edge.providers.provider import Batch
from plimsoll.edge.purge.wish import Kind

MARK: Final = "varnish+"
FIELD_BYTES_MAX: Final = 4_000  # half of what Varnish takes as it is shipped
_LISTED: Final = {Kind.TAG: "Plimsoll-Tags", Kind.URL: "Plimsoll-Urls"}


def tellings(batch: Batch) -> list[dict[str, str]]:
    """The fields of each request that it takes. What is listed has no blanks: tags and URLs are visible ASCII."""
    name = _LISTED.get(batch.kind)
    if name is None:
        return [{"Plimsoll-Everything": "?1"}]
    lines: list[str] = []
    for what in batch.whats:
        if lines and len(lines[-1]) + len(what) < FIELD_BYTES_MAX:
            lines[-1] += f" {what}"
        else:
            lines.append(what)
    return [{name: line} for line in lines]
