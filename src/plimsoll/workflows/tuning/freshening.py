"""Values that writes store: keys that no row has yet, and changes that change something. Pure."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Final

from sqlglot import exp

from plimsoll.core.schema import Table
from plimsoll.core.sql.values import Cell, array_text
from plimsoll.load.importers.capture.building import Draft
from plimsoll.load.importers.capture.uses import Use
from plimsoll.workflows.capturing.making import fresh_of
from plimsoll.workflows.capturing.statements import CannotCaptureError
from plimsoll.workflows.tuning.picking import Picked

_NUMBERS: Final = (2**30, 2**31 - 1)  # whole numbers that no serial has reached
_TEXT_BYTES: Final = 6


def freshened(
    draft: Draft, table: Table | None, picked: Sequence[Picked], rows: Sequence[Mapping[int, Cell]], random: Random
) -> list[Picked]:
    """What an INSERT stores, with keys made anew; what an UPDATE sets, from another row than the one that it changes.

    `table` is that which is written. Raises CannotCaptureError for an INSERT with a key that nothing can be made anew
    for."""
    tree = draft.parsed.tree if draft.parsed is not None else None
    if isinstance(tree, exp.Update):
        changed = (
            [_of_another(draft, _bound(table, tied=at % 2 == 0), one, rows, random) for at, one in enumerate(picked)]
            if table is not None
            else [{} for _ in picked]
        )
        return [replace(one, row={**one.row, **row}) for one, row in zip(picked, changed, strict=True)]
    if table is None and isinstance(tree, exp.Insert) and not tree.args.get("conflict"):
        raise CannotCaptureError("nothing is known of the keys of what it inserts into")
    fresh = fresh_of(draft, table, rows)
    broken = [*(f"unique key {key}" for key in fresh.colliding), *_excluded(draft, table)]
    if broken:
        raise CannotCaptureError(f"it would break the {broken[0]}: nothing new can be made for it")
    ways = {use.number: (fresh.ways[use.name], use) for use in _stored(draft) if use.name in fresh.ways}
    lengths = {number: _length(table, use.name) for number, (_, use) in ways.items()}
    return [
        replace(one, row={**one.row, **{
            number: _anew(way, use, draft, one.row.get(number), lengths[number], random)
            for number, (way, use) in ways.items()
        }})
        for one in picked
    ]  # fmt: skip


def _excluded(draft: Draft, table: Table | None) -> list[str]:
    """Exclusion constraints that copies of rows would break."""
    tree = draft.parsed.tree if draft.parsed is not None else None
    if table is None or tree is None or tree.args.get("conflict"):
        return []
    stored = {use.name for use in _stored(draft)}
    return [
        f"exclusion constraint {one.name}" for one in table.exclusions if {name for name, _ in one.elements} <= stored
    ]


def _stored(draft: Draft) -> list[Use]:
    return [use for use in draft.uses if use.kind in ("stored", "rows")]


def _length(table: Table | None, name: str) -> int | None:
    return table.column(name).type.length if table is not None else None


def _of_another(
    draft: Draft, bound: set[str], one: Picked, rows: Sequence[Mapping[int, Cell]], random: Random
) -> dict[int, Cell]:
    """All from one row, so that they fit together. An update that sets what is there already would cost nothing."""
    numbers = [use.number for use in _stored(draft) if use.kind == "stored" and use.name not in bound]
    differing = [sum(row.get(number) != one.row.get(number) for number in numbers) for row in rows]
    most = max(differing, default=0)
    others = [row for row, differs in zip(rows, differing, strict=True) if most and differs == most]
    chosen = random.choice(others) if others else {}
    return {number: chosen[number] for number in numbers if number in chosen}


def _bound(table: Table, *, tied: bool) -> set[str]:
    """Columns whose value cannot be any other row's: keys, and, if `tied`, what constraints tie to other columns. Often
    those let it be, and where not, the others of a statement's values are left."""
    keys = [name for one in table.uniques for name in one.columns if name is not None]
    several = [*(one.columns for one in table.foreign_keys), *(one.columns for one in table.checks)] if tied else []
    excluded = [name for one in table.exclusions for name, _ in one.elements]
    divided = table.partitioning.keys if table.partitioning is not None else ()
    return {*keys, *(name for columns in several if len(columns) > 1 for name in columns), *excluded, *divided}


def _anew(way: str, use: Use, draft: Draft, was: Cell, length: int | None, random: Random) -> Cell:
    if use.kind == "rows":
        elements = [_one(way, "", length, random) for _ in range(draft.list_size)]
        return array_text(elements, draft.types[use.number])
    return _one(way, was or "", length, random)


def _one(way: str, was: str, length: int | None, random: Random) -> str:
    if way == "uuid":
        return str(uuid.UUID(int=random.getrandbits(128), version=4))
    if way == "number":
        return str(random.randint(*_NUMBERS))
    made = random.randbytes(_TEXT_BYTES).hex() + was
    return made if length is None else made[:length]
