"""Where precompressed variants are: in one hidden folder, each called by its source's digest.

So a variant of another content cannot be taken for this one's: a source that has changed has another digest, and equal
sources share. An empty variant says that it was tried, and that nothing is gained.
"""

import re
from typing import Final

from plimsoll.edge.static.coding import SUFFIXES

HOME: Final = ".plimsoll-edge"
SOURCE_BYTES_MIN: Final = 1_025  # "above 1 KB": less is one packet anyhow
SOURCE_BYTES_MAX: Final = 64 * 2**20
OURS: Final = re.compile(r"[0-9a-f]{32}\.(?:br|zst|gz)")
LEFT_BEHIND: Final = re.compile(r"\.half-[0-9a-f]{32}\.(?:br|zst|gz)")


def variant_name(digest: str, coding: str) -> str:
    """Within the folder, as ".plimsoll-edge/0f…9.br"."""
    return f"{HOME}/{digest}{SUFFIXES[coding]}"


def may_have_variants(size: int) -> bool:
    return SOURCE_BYTES_MIN <= size <= SOURCE_BYTES_MAX
