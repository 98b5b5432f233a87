"""From what HAProxy has to what it should have: the orders between them. Nothing where it has it already."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from plimsoll.scale.balancer.algorithm import MAP_FILE, MAP_KEY, Algorithm
from plimsoll.scale.balancer.server import LAST_RESORT, Entry, Key
from plimsoll.scale.balancer.statistics import Found

SHOW_ALGORITHM: Final = f"show map {MAP_FILE}"  # one line: where it is kept, the key, the value


# As `add server` leaves one.
NEW: Final = Found(held=True, checked=False, down=False, weight=0, limit=0, in_flight=0, number=0)


def orders(
    wanted: Sequence[Entry], held: frozenset[str], there: Mapping[Key, Found], algorithm: Algorithm
) -> Iterator[str]:
    """What adds and changes. Servers in `held` get nothing new.

    Only the backend in use looks at its servers' health, or each would be asked by every backend. In the others they
    are taken for up, so that a switch finds none that is down because it was so once.
    """
    for entry in wanted:
        known = there.get(entry.key)
        keep_out = entry.name.removesuffix(LAST_RESORT) in held
        if known is None:
            yield f"add server {entry.path} {entry.words()}"
            known = NEW
        else:
            yield from _changed(entry, known)
        if entry.checked and not keep_out:
            yield from _looked_at(entry, known, entry.backend is algorithm)
        if known.held != keep_out:
            yield f"set server {entry.path} state {'maint' if keep_out else 'ready'}"


def _looked_at(entry: Entry, known: Found, wanted: bool) -> Iterator[str]:
    if known.checked != wanted:
        yield f"{'enable' if wanted else 'disable'} health {entry.path}"
    if known.down and not wanted:
        yield f"set server {entry.path} health up"


def _changed(entry: Entry, known: Found) -> Iterator[str]:
    if known.weight != entry.weight:
        yield f"set server {entry.path} weight {entry.weight}"
    if known.limit != entry.limit:
        yield f"set maxconn server {entry.path} {entry.limit}"


def strangers(wanted: Sequence[Entry], there: Mapping[Key, Found]) -> list[Key]:
    """Those that HAProxy has and should not have."""
    known = {entry.key for entry in wanted}
    return [key for key in there if key not in known]


def in_flight(name: str, there: Mapping[Key, Found]) -> int:
    """How many requests the server has, in all backends."""
    return sum(known.in_flight for (_, one), known in there.items() if one.removesuffix(LAST_RESORT) == name)


def set_algorithm(algorithm: Algorithm) -> str:
    return f"set map {MAP_FILE} {MAP_KEY} {algorithm}"


def hold(key: Key) -> str:
    return f"set server {key[0]}/{key[1]} state maint"


def cut(key: Key) -> str:
    """Ends what is still there of the server's requests."""
    return f"shutdown sessions server {key[0]}/{key[1]}"


def delete(key: Key) -> str:
    return f"del server {key[0]}/{key[1]}"
