"""What XLIFF 2 lets stand where: elements, their attributes, and their values. All else is Refused, with its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fluentscribe.formats.checking import Ids
from fluentscribe.formats.limits import ATTRIBUTE_CHARACTERS_MAX, DEPTH_MAX
from fluentscribe.formats.markup import Element, line_of, local
from fluentscribe.formats.values import Refused
from fluentscribe.formats.xliff2_modules import check_attributes as check_module_attributes
from fluentscribe.formats.xliff2_modules import is_module
from fluentscribe.formats.xliff2_values import check_sub_type, check_value

CORE = "{urn:oasis:names:tc:xliff:document:2."
_XML = "{http://www.w3.org/XML/1998/namespace}"
_MODULES = ("{urn:oasis:names:tc:xliff:", "{http://www.w3.org/2005/11/its}", "{http://www.w3.org/ns/its-xliff/}")

_INLINE = frozenset({"cp", "ph", "pc", "sc", "ec", "mrk", "sm", "em"})
_CODE = "canCopy canDelete canReorder copyOf subType type "
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Rule:
    """Of one element: attributes, children, and whether those of other namespaces may stand there."""

    required: frozenset[str]
    allowed: frozenset[str]
    children: frozenset[str]  # their names, of any minor version
    foreign_attributes: bool
    foreign_children: bool
    text: bool


def _rule(
    required: str, optional: str, children: frozenset[str] = _NONE, foreign: str = "", text: bool = False
) -> _Rule:
    """`foreign` holds "a" where attributes of any other namespace may stand, "c" where children may."""
    names = frozenset(required.split())
    tags = frozenset(f"{CORE}{minor}}}{name}" for minor in range(3) for name in children)
    return _Rule(names, names | frozenset(optional.split()), tags, "a" in foreign, "c" in foreign, text)


_RULES: Mapping[str, _Rule] = {
    "xliff": _rule("version srcLang", "trgLang", frozenset({"file"}), "a"),
    "file": _rule(
        "id", "canResegment original translate srcDir trgDir", frozenset({"skeleton", "notes", "unit", "group"}), "ac"
    ),
    "skeleton": _rule("", "href", _NONE, "ac", text=True),
    "group": _rule("id", "name canResegment translate srcDir trgDir type", frozenset({"notes", "unit", "group"}), "ac"),
    "unit": _rule(
        "id",
        "name canResegment translate srcDir trgDir type",
        frozenset({"notes", "originalData", "segment", "ignorable"}),
        "ac",
    ),
    "segment": _rule("", "id canResegment state subState", frozenset({"source", "target"})),
    "ignorable": _rule("", "id", frozenset({"source", "target"})),
    "notes": _rule("", "", frozenset({"note"})),
    "note": _rule("", "id appliesTo category priority ref", _NONE, "a", text=True),
    "originalData": _rule("", "", frozenset({"data"})),
    "data": _rule("id", "dir", frozenset({"cp"}), text=True),
    "source": _rule("", "", _INLINE, text=True),
    "target": _rule("", "order", _INLINE, text=True),
    "cp": _rule("hex", ""),
    "ph": _rule("id", f"{_CODE} dataRef disp equiv subFlows"),
    "pc": _rule(
        "id",
        f"{_CODE} canOverlap dataRefEnd dataRefStart dir dispEnd dispStart equivEnd equivStart "
        "subFlowsEnd subFlowsStart",
        _INLINE,
        text=True,
    ),
    "sc": _rule("id", f"{_CODE} canOverlap dataRef dir disp equiv isolated subFlows"),
    "ec": _rule("", f"{_CODE} canOverlap dataRef dir disp equiv id isolated startRef subFlows"),
    "mrk": _rule("id", "type translate ref value", _INLINE, "a", text=True),
    "sm": _rule("id", "type translate ref value", _NONE, "a"),
    "em": _rule("startRef", ""),
}


def check_before(element: Element) -> list[Element]:
    """What stands before a file, group or unit: other ones, or first of all what belongs to all, which is returned."""
    _check_parent(element)
    heads: list[Element] = []
    for sibling in element.itersiblings(preceding=True):
        if _is_container(sibling):
            if heads:
                raise _misplaced(heads[0])
            break
        heads.append(sibling)
    parent = element.getparent()
    if parent is not None:
        _check_heads(heads, parent)
    _check_single(heads, "skeleton")
    _check_single(heads, "notes")
    return heads


def _check_parent(element: Element) -> None:
    parent = element.getparent()
    rule = _RULES.get(local(parent)) if parent is not None and is_core(parent) else None
    if (rule is None or element.tag not in rule.children) and not (parent is None and local(element) == "xliff"):
        raise _misplaced(element)


def check_end(element: Element) -> None:
    """What stands last in the root, a file or a group: a unit, group or file; an empty group is allowed, too."""
    name = local(element)
    if len(element) and _is_container(element[-1]):
        return
    if any(_is_container(child) for child in element):
        raise _misplaced(element[-1])
    if name != "group":
        what = "file" if name == "xliff" else "unit or group"
        raise Refused("malformed-xliff", f"a {name} element ends without a {what}", line_of(element))
    _check_heads(list(element), element)


def _is_container(element: Element) -> bool:
    return local(element) in ("file", "group", "unit") and is_core(element)


def _check_heads(heads: Sequence[Element], parent: Element) -> None:
    """What may stand in a root, file or group, but for those that are read one by one."""
    rule = _RULES[local(parent)]
    for head in heads:
        if head.tag in rule.children:
            check_tree(head)
        else:
            _check_foreign(head, parent)


def check_tree(element: Element, depth: int = 1) -> None:
    """A unit, or what is within it."""
    name = local(element)
    rule = _RULES[name]
    check_attributes(element, name)
    if depth > DEPTH_MAX:
        raise Refused("too-deep", f"elements within each other more than {DEPTH_MAX} deep", line_of(element))
    if not rule.text:
        _check_no_text(element, name)
    for child in element:
        if child.tag not in rule.children:
            _check_foreign(child, element)
    if (check := _CHECKS.get(name)) is not None:
        check(element)
    for child in element:
        if child.tag in rule.children:
            check_tree(child, depth + 1)


def _check_no_text(element: Element, name: str) -> None:
    for text in (element.text, *(child.tail for child in element)):
        if text and not str(text).isspace():
            raise Refused("malformed-xliff", f"text stands in a {name} element", line_of(element))


def check_attributes(element: Element, name: str) -> None:
    """Those that must be there, may be there, and what their values may be."""
    rule = _RULES[name]
    written = element.attrib
    if not written and not rule.required:
        return
    for needed in rule.required:
        if needed not in written:
            raise Refused("missing-attribute", f"a {name} element has no {needed}", line_of(element))
    for attribute, value in written.items():
        _check_attribute(element, name, rule, str(attribute), str(value))
    if any(is_module(str(attribute)) for attribute in written):
        check_module_attributes(element)
    if "subType" in written:
        check_sub_type(element)


def _check_attribute(element: Element, name: str, rule: _Rule, attribute: str, value: str) -> None:
    if len(value) > ATTRIBUTE_CHARACTERS_MAX:
        reason = f"an attribute of more than {ATTRIBUTE_CHARACTERS_MAX:,} characters"
        raise Refused("attribute-too-long", reason, line_of(element))
    if attribute.startswith("{"):
        known = rule.foreign_attributes or attribute.startswith((_XML, *_MODULES))
    else:
        known = attribute in rule.allowed
    if not known:
        raise Refused("malformed-xliff", f"a {name} element may not have the attribute {attribute}", line_of(element))
    check_value(element, name, attribute, value)


def _check_foreign(child: Element, parent: Element) -> None:
    name = local(parent)
    if is_core(child) or not (_RULES[name].foreign_children or (name == "xliff" and is_module(str(child.tag)))):
        raise _misplaced(child)


def _misplaced(element: Element) -> Refused:
    parent = element.getparent()
    within = "the file" if parent is None else f"a {local(parent)} element"
    return Refused("malformed-xliff", f"a {local(element)} element may not stand here in {within}", line_of(element))


def _check_single(elements: list[Element], name: str) -> None:
    if sum(local(element) == name and is_core(element) for element in elements) > 1:
        raise Refused("malformed-xliff", f"a second {name} element", line_of(elements[0]))


def is_core(element: Element) -> bool:
    """Whether it is XLIFF's own, of no module or extension."""
    return str(element.tag).startswith(CORE)


def _check_unit(unit: Element) -> None:
    """Notes and original data once at most, before the segments, of which there is one at least."""
    names = [local(child) if is_core(child) else "" for child in unit]
    parts = [i for i, name in enumerate(names) if name in ("segment", "ignorable")]
    if "segment" not in names:
        raise Refused("malformed-unit", "a unit has no segment", line_of(unit))
    late = next((i for i, name in enumerate(names) if i > parts[0] and name not in ("segment", "ignorable")), None)
    if late is not None:
        raise _misplaced(unit[late])
    for name in ("notes", "originalData"):
        if names.count(name) > 1:
            raise Refused("malformed-unit", f"a unit has two {name} elements", line_of(unit))


def _check_part(part: Element) -> None:
    names = [local(child) for child in part]
    if names not in (["source"], ["source", "target"]):
        if "source" not in names:
            raise Refused("missing-source", f"a {local(part)} has no source", line_of(part))
        raise Refused("malformed-unit", f"a {local(part)} holds {', '.join(names)}", line_of(part))
    if part.get("subState") is not None and part.get("state") is None:
        raise Refused("bad-attribute", "a subState stands without a state", line_of(part))


def _check_skeleton(skeleton: Element) -> None:
    empty = not len(skeleton) and not (skeleton.text or "").strip()
    if empty != (skeleton.get("href") is not None):
        raise Refused("malformed-xliff", "a skeleton has either content or an href", line_of(skeleton))


def _check_list(element: Element) -> None:
    """Notes and original data: there is something in it, and no id twice."""
    if not len(element):
        raise Refused("malformed-xliff", f"a {local(element)} element is empty", line_of(element))
    ids = Ids()
    for child in element:
        if (own := child.get("id")) is not None:
            ids.add(own, child, f"id of a {local(child)}")


def _check_cp(element: Element) -> None:
    """Only what XML cannot hold is written by its number."""
    code = int(element.get("hex", "0"), 16)
    if code > 0x10FFFF:
        raise Refused("bad-attribute", f"there is no character {element.get('hex')}", line_of(element))


_CHECKS = {
    "unit": _check_unit,
    "segment": _check_part,
    "ignorable": _check_part,
    "skeleton": _check_skeleton,
    "notes": _check_list,
    "originalData": _check_list,
    "cp": _check_cp,
}


def inline(element: Element) -> Iterator[Element]:
    """The core elements within a source or target, in document order."""
    return (child for child in element.iterdescendants() if is_core(child))
