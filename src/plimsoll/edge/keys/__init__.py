"""Keys: which requests may share what is stored. Pure.

`primary` is the key of a URI; `second` that of what Vary names; `accepted` the codings of Accept-Encoding that count.
"""

from plimsoll.edge.keys.coding import accepted, forwarded
from plimsoll.edge.keys.primary import host_of, origin, primary
from plimsoll.edge.keys.second import VARIANTS_MAX, VARY_MAX, second

__all__ = ["VARIANTS_MAX", "VARY_MAX", "accepted", "forwarded", "host_of", "origin", "primary", "second"]
