"""Whether the reason for an index, or for dropping one, holds yet on the indexes that there are now. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import ExistingIndex, Index
from plimsoll.tune.migrating.naming import built_by
from plimsoll.tune.overlap import covers, same


def against_create(change: Change, there: Sequence[ExistingIndex]) -> str:
    """Somebody has built it meanwhile, by another name; "" where nobody has."""
    names = {one.name for one in built_by(change)}
    twin = next((one for one in there if one.valid and one.name not in names and _is(one, change.index)), None)
    return f"index {twin.name} is the same, and is there by now" if twin is not None else ""


def against_drop(change: Change, there: Sequence[ExistingIndex]) -> str:
    """What has changed since; "" where nothing has. One without a form takes back what we built."""
    advised = change.existing
    live = next((one for one in there if advised and (one.schema, one.name) == (advised.schema, advised.name)), None)
    if advised is None or live is None:
        return ""
    needs = [*([f"constraint {live.constraint} is kept by it"] if live.constraint else []), *live.needed_by]
    if needs:
        return f"index {live.name} is needed: {'; '.join(needs)}"
    return _changed(change.form, advised, live, there) if change.form else ""


def after(change: Change, there: Sequence[ExistingIndex]) -> list[ExistingIndex]:
    """The indexes that there are when the change is done."""
    gone = change.existing
    left = [one for one in there if gone is None or (one.schema, one.name) != (gone.schema, gone.name)]
    return [*left, *built_by(change)]


def _changed(form: str, advised: ExistingIndex, live: ExistingIndex, there: Sequence[ExistingIndex]) -> str:
    name = live.name
    if not same(live, advised):
        return f"index {name} is another one by now: {live.definition}"
    if form == "invalid" and live.valid:
        return f"index {name} is valid by now"
    if form == "unused" and live.scans > advised.scans:
        return f"index {name} was called unused, and has been scanned since"
    others = [one for one in there if one.valid and one is not live]
    if form in ("duplicate", "covered") and not any(same(one, live) or covers(one, live) for one in others):
        return f"no other index does any more what {name} does: what was to serve in its place is gone, or not valid"
    return ""


def _is(one: ExistingIndex, index: Index | None) -> bool:
    """The server puts expressions in parentheses of its own."""
    return index is not None and same(replace(one, index=_bare(one.index)), replace(one, index=_bare(index)))


def _bare(index: Index) -> Index:
    keys = tuple(replace(key, sql=key.sql.strip("()")) for key in index.keys)
    return replace(index, keys=keys, predicate=index.predicate.strip("()"))
