"""Rows that nobody can change, so that all may share them: like a driver's, by place and by name."""

from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, overload
from uuid import UUID

from asyncpg import Record


class Row:
    """`row[0]`, `row["id"]`, `row.get("id")`; iterating gives values; equal to a row or tuple of the same values."""

    __slots__ = ("_names", "_values")

    def __init__(self, names: Mapping[str, int], values: tuple[Any, ...]) -> None:
        self._names = names
        self._values = values

    @overload
    def __getitem__(self, at: int | str) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, at: int | str | slice) -> Any:
        """Raises KeyError and IndexError."""
        return self._values[self._names[at] if isinstance(at, str) else at]

    def get(self, name: str, default: Any = None) -> Any:
        at = self._names.get(name)
        return default if at is None else self._values[at]

    def keys(self) -> Iterable[str]:
        return self._names.keys()

    def values(self) -> tuple[Any, ...]:
        return self._values

    def items(self) -> ItemsView[str, Any]:
        return {name: self._values[at] for name, at in self._names.items()}.items()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Row):
            return self._values == other._values
        return self._values == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        """A column by its name, or by its place where a later one has that name, too."""
        names = {at: name for name, at in self._names.items()}
        shown = [f"{names.get(at) or f'[{at}]'}={value!r}" for at, value in enumerate(self._values)]
        return f"<Row {' '.join(shown)}>"


class Rows(Sequence[Row]):
    """All that a statement answered. Rows are made when they are looked at: a hit costs the same for any number."""

    __slots__ = ("_names", "_rows")

    def __init__(self, kept: "Packed") -> None:
        self._names = {name: at for at, name in enumerate(kept[0])}  # of equal names the last, as drivers do
        self._rows = kept[1]

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> "Rows": ...
    def __getitem__(self, at: int | slice) -> "Row | Rows":
        """Raises IndexError."""
        if isinstance(at, slice):
            part = Rows(((), self._rows[at]))
            part._names = self._names
            return part
        return self._row(self._rows[at])

    def __iter__(self) -> Iterator[Row]:
        return map(self._row, self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Rows | list | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<Rows {len(self)} of {', '.join(self._names)}>"

    def _row(self, values: Sequence[Any]) -> Row:
        """What is kept is never handed out where it could be changed."""
        return Row(self._names, tuple(map(frozen, values)))


class FrozenDict(dict[str, Any]):
    """What a codec of the application made of JSON. Copy it to change it: `dict(value)`."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("rows are shared by all who ask: change a copy, dict(value)")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


Packed = tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]  # names, and values by row: plain, for any tier


def packed(names: Sequence[str], rows: Iterable[Iterable[Any]]) -> Packed:
    """As it is kept: arrays as tuples, and a driver's own UUIDs as Python's, which any tier can keep. A composite value
    as a row of its own, which this process can: a driver's may hold lists, and does not tell how large it is."""
    return tuple(names), tuple(tuple(map(_plain, row)) for row in rows)


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in (list, tuple):
        return tuple(map(_plain, value))
    if kind is dict:
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, Record):
        return Row({name: at for at, name in enumerate(value.keys())}, tuple(frozen(_plain(one)) for one in value))
    return UUID(int=value.int) if isinstance(value, UUID) and kind is not UUID else value


def frozen(value: Any) -> Any:
    """A value of a row that cannot be changed; what is of another type is taken as it is."""
    kind = type(value)
    if kind in (list, tuple):
        return tuple(map(frozen, value))
    if kind is dict:
        return FrozenDict((name, frozen(one)) for name, one in value.items())
    return value
