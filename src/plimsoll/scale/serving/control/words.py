"""The words of an order, each looked at as if a stranger had sent it. Everything raises UsageError."""

import math
from collections.abc import Mapping
from typing import Any, Final

from plimsoll.core.errors import UsageError

NAMED_MAX: Final = 300  # names of one order; there are 256 workers at most
TEXT_MAX: Final = 100


class Words:
    """Taken out one by one; `end` refuses what is left, for what is misspelt would else be left out in silence."""

    def __init__(self, asked: Mapping[str, Any]) -> None:
        self._left = dict(asked)

    def end(self) -> None:
        if self._left:
            raise UsageError(f"this order has no {next(iter(self._left))!r:.60}")

    def truth(self, name: str, otherwise: bool) -> bool:
        value = self._left.pop(name, otherwise)
        if not isinstance(value, bool):
            raise _wrong(name, value, "true or false")
        return value

    def number(self, name: str, otherwise: float) -> float:
        value = self._left.pop(name, otherwise)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _wrong(name, value, "a number")
        return float(value)

    def whole(self, name: str, otherwise: int, least: int, most: int) -> int:
        found = self.maybe_whole(name, least, most)
        return otherwise if found is None else found

    def maybe_whole(self, name: str, least: int, most: int) -> int | None:
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise _wrong(name, value, f"a whole number from {least} to {most}")
        return value

    def text(self, name: str) -> str | None:
        value = self._left.pop(name, None)
        if value is not None and (not isinstance(value, str) or len(value) > TEXT_MAX):
            raise _wrong(name, value, "a short text")
        return value

    def named(self, name: str) -> dict[str, Any]:
        value = self._left.pop(name, None)
        value = {} if value is None else value
        if not isinstance(value, dict) or len(value) > NAMED_MAX:
            raise _wrong(name, value, f"an object of {NAMED_MAX} names at most")
        return value

    def weights(self, name: str) -> dict[str, int]:
        found = self.named(name)
        for one, weight in found.items():
            if isinstance(weight, bool) or not isinstance(weight, int) or not 1 <= weight <= 256:
                raise _wrong(f"the weight of {one:.20}", weight, "a whole number from 1 to 256")
        return found


def _wrong(name: str, value: Any, kind: str) -> UsageError:
    return UsageError(f"{name} cannot be {value!r:.60}", why=f"it is {kind}")
