"""Made-up values in place of captured ones: of the same type and shape, the same one for the same value. Pure."""

import datetime
import json
import re
import string
from collections.abc import Collection, Mapping, Sequence
from random import Random
from typing import Any, Final

from plimsoll.load.importers.capture.picking import Cell
from plimsoll.load.importers.capture.reading import is_json_array

_TRIES: Final = 20
_WHOLE_MAX: Final = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
_DAYS: Final = 3_650  # by which a date is moved at most


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
        if type_name in ("json", "jsonb") or is_json_array(type_name):
            return json.dumps(self._document(json.loads(cell), type_name.removesuffix("[]")), ensure_ascii=False)
        if type_name in ("uuid", "bytea"):
            return re.sub(r"(?<!\\)[0-9a-f]", lambda _: self._random.choice("0123456789abcdef"), cell)
        return self._shaped(cell)

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

    def _document(self, value: Any, type_name: str) -> Any:
        if isinstance(value, dict):
            return {self._shaped(key): self._document(inner, type_name) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._document(inner, type_name) for inner in value]
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int):
            return self._whole(value, type_name if type_name in _WHOLE_MAX else "bigint")
        if isinstance(value, float):
            return float(self._shaped(repr(value)))
        return self.value(value, "uuid") if type_name == "uuid" else self._shaped(value)

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
