"""How XLIFF 2's inline elements belong together: ids, pairs, copies, original data, what may be moved or left out.

All of it is asked of a whole unit, since a pair may begin in one segment and end in another. A part without a target
stands with its source among the targets, as it does where the translation is put together.
"""

from collections.abc import Iterable, Sequence

from fluentscribe.formats.checking import Ids
from fluentscribe.formats.markup import Element, line_of, local
from fluentscribe.formats.values import Refused
from fluentscribe.formats.xliff2_moves import check_moves
from fluentscribe.formats.xliff2_schema import inline

_SAME = ("canCopy", "canDelete", "canOverlap", "copyOf", "dir", "subType", "type")
_DATA = ("dataRef", "dataRefStart", "dataRefEnd")


def check(unit: Element, parts: Sequence[Element]) -> None:
    """Raises Refused where a rule is broken."""
    sources = [part[0] for part in parts]
    targets = _in_order(parts)
    inlines = [element for source in sources for element in inline(source)]
    written = [element for target in targets if local(target) == "target" for element in inline(target)]
    _check_ids(parts, inlines, written)
    if not inlines and not written:
        return
    translated = [element for target in targets for element in inline(target)]
    data = _ids_of(unit, "originalData")
    for side in (inlines, translated):
        _check_pairs(side)
        _check_data(side, data)
        _check_copies(side)
    check_moves(sources, targets if any(len(part) > 1 for part in parts) else ())


def _in_order(parts: Sequence[Element]) -> list[Element]:
    """Targets as they follow one another, the source where there is none. `order` counts all parts from 1."""
    placed: list[tuple[int, Element]] = []
    taken: set[int] = set()
    for n, part in enumerate(parts, 1):
        side = part[-1]
        order = int(side.get("order", n)) if local(side) == "target" else n
        if local(side) == "target":
            if order in taken or order > len(parts):
                what = "stands twice" if order in taken else f"is more than the unit's {len(parts)} parts"
                raise Refused("bad-attribute", f"the order {order} {what}", line_of(side))
            taken.add(order)
        placed.append((order, side))
    return [side for _, side in sorted(placed, key=lambda item: item[0])]


def _check_ids(parts: Sequence[Element], sources: Iterable[Element], targets: Iterable[Element]) -> None:
    """Unique among the unit's parts and sources, and among its parts and targets; a target repeats its source's."""
    named = [part for part in parts if part.get("id")]
    for side in (sources, targets):
        ids = Ids()
        for element in (*named, *side):
            if (own := element.get("id")) is not None:
                ids.add(own, element)


def _ids_of(unit: Element, name: str) -> frozenset[str]:
    return frozenset(child.get("id", "") for group in unit if local(group) == name for child in group)


def _check_pairs(elements: Iterable[Element]) -> None:
    """Every end has its start before it, and every start its end, but for codes that say that they are isolated."""
    starts: dict[str, Element] = {}
    for element in elements:
        name = local(element)
        if name in ("sc", "sm"):
            starts[f"{name} {element.get('id')}"] = element
        elif name == "em":
            _end(element, starts.pop(f"sm {element.get('startRef')}", None))
        elif name == "ec":
            _check_end_code(element, starts)
    for start in starts.values():
        if start.get("isolated") != "yes":
            raise _broken(start, f"a {local(start)} element has no end in its unit")


def _check_end_code(element: Element, starts: dict[str, Element]) -> None:
    isolated, own, reference = element.get("isolated") == "yes", element.get("id"), element.get("startRef")
    if isolated != (own is not None) or isolated == (reference is not None):
        raise _broken(element, "an ec has an id and isolated='yes', or a startRef, but not both")
    if not isolated:
        _end(element, starts.pop(f"sc {reference}", None))


def _end(element: Element, start: Element | None) -> None:
    if start is None:
        raise _broken(
            element, f"{local(element)} refers to {element.get('startRef')!r}, which does not stand before it"
        )
    if start.get("isolated") == "yes":
        raise _broken(start, "a code is isolated, but has an end")
    if local(element) == "ec":
        _check_same(start, element)


def _check_same(start: Element, end: Element) -> None:
    """What an end says of itself must be what its start says."""
    for attribute in _SAME:
        default = "yes" if attribute.startswith("can") else None
        written = end.get(attribute)
        if written is not None and written != start.get(attribute, default):
            raise _broken(end, f"start and end of a code have different {attribute}")
    fixed = "yes" if start.get("canReorder", "yes") == "yes" else "no"
    if end.get("canReorder") not in (None, fixed):
        raise _broken(end, "start and end of a code have different canReorder")


def _check_data(elements: Iterable[Element], data: frozenset[str]) -> None:
    for element in elements:
        for attribute in _DATA:
            reference = element.get(attribute)
            if reference is not None and reference not in data:
                raise Refused("bad-reference", f"{attribute} refers to no data of the unit", line_of(element))


def _check_copies(elements: Sequence[Element]) -> None:
    """A copy has no data of its own; what it is copied from is a code of the unit and may be copied."""
    codes = {element.get("id", ""): element for element in elements if local(element) in ("ph", "pc", "sc", "ec")}
    for element in elements:
        reference = element.get("copyOf")
        if reference is None:
            continue
        base = codes.get(reference)
        if base is None or base is element:
            raise Refused("bad-reference", f"copyOf refers to no code {reference!r} of the unit", line_of(element))
        if base.get("canCopy") == "no" or any(element.get(attribute) is not None for attribute in _DATA):
            raise _broken(element, "a code is copied that may not be, or the copy has data of its own")


def _broken(element: Element, reason: str) -> Refused:
    return Refused("broken-code", reason, line_of(element))
