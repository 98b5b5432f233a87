"""How requests are spread. Each way is a backend of its own with all servers; a map says which is in use."""

from enum import StrEnum
from typing import Final


class Algorithm(StrEnum):
    """Its value is the backend's name, what a user writes, and what the map holds."""

    ROUND_ROBIN = "round-robin"
    LEAST_CONNECTIONS = "least-connections"
    WEIGHTED_ROUND_ROBIN = "weighted-round-robin"  # weights that were given
    HEALTH_AND_LOAD = "health-and-load"  # weights that are reckoned: `weights`
    COOKIE_AFFINITY = "cookie-affinity"
    HEADER_AFFINITY = "header-affinity"


MAP_FILE: Final = "algorithm.map"
MAP_KEY: Final = "algorithm"

# With how many weights go out. A hash ring has a place for each unit of weight, so that all have equally many.
EQUAL_WEIGHT: Final = 100
HEAVIEST: Final = 256  # of HAProxy's weights

# Lines of each backend beside those that all have. Of HAProxy's algorithms only these take servers while it runs.
# A hash ring stays as it is for those servers that stay, so that one more moves few users, and needs no memory.
BALANCE: Final = {
    Algorithm.ROUND_ROBIN: ("balance roundrobin",),
    Algorithm.LEAST_CONNECTIONS: ("balance leastconn",),
    Algorithm.WEIGHTED_ROUND_ROBIN: ("balance roundrobin",),
    Algorithm.HEALTH_AND_LOAD: ("balance roundrobin",),
    Algorithm.COOKIE_AFFINITY: (
        "balance leastconn",
        "cookie {cookie} insert indirect nocache httponly{secure} attr SameSite=Lax",
    ),
    Algorithm.HEADER_AFFINITY: ("balance hash req.hdr({header})", "hash-type consistent sdbm avalanche"),
}


def map_text(algorithm: Algorithm) -> str:
    """What the map's file holds, so that HAProxy begins with it."""
    return f"{MAP_KEY} {algorithm}\n"
