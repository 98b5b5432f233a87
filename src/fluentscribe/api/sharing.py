"""What caches of others may keep: answers that are the same for everybody, and say by which tags they are purged.

All else is private or not kept at all, which `middleware` sees to where an answer says nothing.
"""

from collections.abc import Iterable
from typing import Final

# How long a shared cache may have it that nobody purges. A browser's copy cannot be purged: it asks each time.
SHARED_S: Final = 60
SHARED: Final = f"public, max-age=0, s-maxage={SHARED_S}, must-revalidate"


def shared(tags: Iterable[str]) -> dict[str, str]:
    """Fields of an answer that rests on `tags`, which are those of the changelog: a change of a row purges it.

    `Cache-Tag` is what CDNs read. An edge takes it away from what clients see.
    """
    return {"Cache-Control": SHARED, "Cache-Tag": ",".join(tags)}
