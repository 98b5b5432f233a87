"""What became of each element of a plan. Nothing is dropped silently: an element that nobody spoke for is listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.load.importers.jmx.tree import Element
from plimsoll.settings.masking import mask

Fate = Literal["taken", "in part", "left out", "disabled"]
WHY_CHARACTERS_MAX: Final = 300
UNSPOKEN: Final = "not understood"
# Properties that say nothing about a load: what they look like, what they are called, what only matters in JMeter.
SAYS_NOTHING: Final = frozenset(
    {
        "TestPlan.comments",
        "TestPlan.user_define_classpath",
        "TestPlan.functional_mode",
        "TestElement.name",
        "TestElement.enabled",
        "TestElement.gui_class",
        "TestElement.test_class",
    }
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one element. `why` is empty where all of it was taken over."""

    kind: str
    name: str
    line: int
    fate: Fate
    why: str = ""


class Account:
    """One entry for every element of a tree, from the beginning on."""

    def __init__(self, root: Element) -> None:
        self._elements = list(root.walk())
        self._fates: dict[int, Fate] = {}
        self._whys: dict[int, list[str]] = {}

    def take(self, element: Element) -> None:
        """All of it is in the scenario, or what is not has been said with `part`."""
        self._fates.setdefault(id(element), "taken")

    def part(self, element: Element, why: str) -> None:
        """It is in the scenario, but for what `why` says."""
        self._fates[id(element)] = "in part"
        self._note(element, why)

    def leave(self, element: Element, why: str, *, below: bool = False) -> None:
        """It is not in the scenario; with `below` neither is anything in it."""
        self._fates[id(element)] = "left out"
        self._note(element, why)
        if below:
            for child in element.walk():
                if child.enabled:
                    self.leave(child, f"belongs to a {element.kind} that is left out")

    def spoken_for(self, element: Element) -> bool:
        return id(element) in self._fates

    def unread(self, element: Element) -> None:
        """Says which of a taken element's properties nobody asked for, unless they are empty or off."""
        names = sorted(name for name, value in element.properties.items() if _unread(element, name, value))
        if names:
            self.part(element, f"without {', '.join(names)}")

    def outcomes(self) -> list[Outcome]:
        """Of every element, in the order of the file."""
        return list(self._outcomes(self._elements))

    def _outcomes(self, elements: list[Element]) -> Iterator[Outcome]:
        off: set[int] = set()
        for element in elements:
            if (not element.enabled or id(element) in off) and id(element) not in self._fates:
                off.update(id(child) for child in element.children)
                yield Outcome(element.kind, element.name, element.line, "disabled", "disabled in the plan")
                continue
            fate = self._fates.get(id(element), "left out")
            whys = self._whys.get(id(element), [] if fate == "taken" else [UNSPOKEN])
            yield Outcome(element.kind, element.name, element.line, fate, mask("; ".join(whys))[:WHY_CHARACTERS_MAX])

    def _note(self, element: Element, why: str) -> None:
        whys = self._whys.setdefault(id(element), [])
        if why not in whys:
            whys.append(why)


def _unread(element: Element, name: str, value: object) -> bool:
    if name in element.read or name in SAYS_NOTHING:
        return False
    if isinstance(value, str):
        return value.strip().lower() not in ("", "false", "0", "-1")
    return bool(value.properties) if isinstance(value, Element) else bool(value)
