"""Made-up values in place of captured ones: of the same type and shape, the same one for the same value. Pure."""

import datetime
import json
import re
import string
from collections.abc import Collection, Mapping, Sequence
from random import Random
from typing import Any, Final

from plimsoll.core.sql.values import Cell, is_json_array, reading_of

_TRIES: Final = 20
_WHOLE_MAX: Final = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
_RANGES: Final = {
    "int4range": "integer", "int8range": "bigint", "numrange": "numeric", "daterange": "date",
    "tsrange": "timestamp without time zone", "tstzrange": "timestamp with time zone",
}  # fmt: skip
_DAYS: Final = 3_650  # by which a date is moved at most


def values_in(cell: str, type_name: str) -> list[str]:
    """A value, and those within it if it is an array."""
    return [cell, *map(str, json.loads(cell))] if is_json_array(type_name) else [cell]


class Redactor:
    """Replaces values; what it makes is none of `captured`, except where a type has too few values for that."""

    def __init__(self, random: Random, captured: Collection[str]) -> None:
        self._random = random
        self._captured = frozenset(captured)
        self._made: dict[tuple[str, str], str] = {}

    def rows(
        self, rows: Sequence[Mapping[int, Cell]], types: Mapping[int, str], kept: Collection[int] = ()
    ) -> list[dict[int, Cell]]:
        """Parameters by number; those in `kept` are part of the schema, such as labels of an enum."""
        return [
            {
                number: cell if cell is None or number in kept else self.value(cell, types[number])
                for number, cell in row.items()
            }
            for row in rows
        ]

    def value(self, cell: str, type_name: str) -> str:
        """Of the same shape."""
        key = (type_name, cell)
        if key not in self._made:
            self._made[key] = self._another(cell, type_name)
        return self._made[key]

    def _another(self, cell: str, type_name: str) -> str:
        for _ in range(_TRIES):
            made = self._new(cell, type_name)
            if made not in self._captured:
                return made
        return made if type_name == "boolean" else self._longer(cell, type_name)

    def _new(self, cell: str, type_name: str) -> str:
        if type_name == "boolean":
            return self._random.choice(("true", "false"))
        if type_name in _WHOLE_MAX:
            return str(self._whole(int(cell), type_name))
        if type_name == "date" or type_name.startswith("timestamp"):
            return self._moved(cell, type_name)
        if is_json_array(type_name):
            return json.dumps([self._element(one, type_name[:-2]) for one in json.loads(cell)], ensure_ascii=False)
        if type_name in ("json", "jsonb"):
            return json.dumps(self._document(json.loads(cell)), ensure_ascii=False)
        if type_name in _RANGES:
            return self._range(cell, _RANGES[type_name])
        if type_name in ("uuid", "bytea", "macaddr", "macaddr8"):
            return re.sub(r"(?<!\\)[0-9a-f]", lambda _: self._random.choice("0123456789abcdef"), cell)
        if type_name == "interval":  # its letters are units
            return re.sub(r"\d", self._digit, cell)
        return self._shaped(cell)

    def _digit(self, found: re.Match[str]) -> str:
        return str(self._random.randint(0, int(found[0])))

    def _longer(self, cell: str, type_name: str) -> str:
        """Where all of one shape are taken."""
        if type_name in _WHOLE_MAX:
            return str(self._random.randint(_WHOLE_MAX[type_name] // 2, _WHOLE_MAX[type_name]))
        return self._shaped(cell + "xxxx") if re.search(r"[a-zA-Z]", cell) else self._new(cell, type_name)

    def _whole(self, value: int, type_name: str) -> int:
        digits = len(str(abs(value)))
        low, high = (0 if digits == 1 else 10 ** (digits - 1)), min(10**digits - 1, _WHOLE_MAX[type_name])
        made = self._random.randint(low, high)
        return -made if value < 0 else made

    def _moved(self, cell: str, type_name: str) -> str:
        days = datetime.timedelta(days=self._random.randint(1, _DAYS))
        try:
            if type_name == "date":
                return (datetime.date.fromisoformat(cell) - days).isoformat()
            seconds = datetime.timedelta(seconds=self._random.randint(0, 86_399))
            return (datetime.datetime.fromisoformat(cell) - days - seconds).isoformat(sep=" ")
        except (ValueError, OverflowError):
            return "2000-01-01" + ("+00" if type_name == "timestamp with time zone" else "")

    def _element(self, value: Any, type_name: str) -> Any:
        """Of an array: what stands for the same value elsewhere."""
        if value is None or isinstance(value, bool):
            return value
        made = self.value(str(value), type_name)
        return made if isinstance(value, str) else json.loads(made.lstrip("0") or "0")

    def _range(self, cell: str, type_name: str) -> str:
        """With bounds in order; empty and open ones stay so."""
        found = re.fullmatch(r'([\[(])"?([^",]*)"?,"?([^",]*)"?([\])])', cell)
        if found is None:
            return cell
        made = [self.value(bound, type_name) if bound else "" for bound in found.group(2, 3)]
        if all(made):
            made.sort(key=reading_of(type_name).read)
        return f'{found[1]}"{made[0]}","{made[1]}"{found[4]}'.replace('""', "")

    def _document(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._shaped(key): self._document(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._document(inner) for inner in value]
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int):
            return self._whole(value, "bigint")
        return float(self._shaped(repr(value))) if isinstance(value, float) else self._shaped(value)

    def _shaped(self, text: str) -> str:
        """Letters for letters, digits for digits; a pattern's signs and punctuation stay. Digits only get smaller, so
        that hours, months and parts of addresses stay possible."""
        return "".join(map(self._character, text))

    def _character(self, character: str) -> str:
        if character.isdigit():
            return str(self._random.randint(0, int(character))) if character in string.digits else "0"
        if not character.isalpha():
            return character
        letters = string.ascii_uppercase if character.isupper() else string.ascii_lowercase
        return self._random.choice(letters)
