"""Leaving out of a scenario's head what its functions do not use. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_NUMBER = re.compile(r'os\.environ\.get\("\w+", "-?(0|[1-9]\d*)"\)')


def used(constants: Mapping[str, str], texts: Iterable[str]) -> dict[str, str]:
    """The constants that the texts use, and those that these use."""
    seen = words("\n".join(texts))
    kept: set[str] = set()
    for name in reversed(list(constants)):  # a constant stands behind those it is made of
        if name in seen:
            kept.add(name)
            seen |= words(constants[name])
    return {name: made for name, made in constants.items() if name in kept}


def checked(constants: Mapping[str, str], texts: Iterable[str]) -> dict[str, str]:
    """What the environment may give in the place of a number is one: else the file is refused, not each journey."""
    numbers = set(re.findall(r"\bint\((\w+)\b", "\n".join([*texts, *constants.values()])))
    return {
        name: f"str(int({made}))" if name in numbers and _NUMBER.fullmatch(made) else made
        for name, made in constants.items()
    }


def imports(given: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Import lines, one for each module, of the names that the texts use."""
    seen = words("\n".join(texts))
    names: dict[str, set[str]] = {}
    plain: list[str] = []
    for line in given:
        module, _, name = line.removeprefix("from ").partition(" import ")
        if name and name.rpartition(" as ")[2] in seen:
            names.setdefault(module, set()).add(name)
        elif not name and line.removeprefix("import ") in seen:
            plain.append(line)
    return [*plain, *(f"from {module} import {', '.join(sorted(each))}" for module, each in names.items())]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
