"""What XLIFF 2's modules demand of themselves, and extensions of their ids. Else they are left alone."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from fluentscribe.formats.checking import Ids
from fluentscribe.formats.markup import Element, line_of, local
from fluentscribe.formats.values import Refused

_SPACE = "{urn:oasis:names:tc:xliff:"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_TOKEN = re.compile(r"[\w:.·-]+")
_YES_NO = re.compile("yes|no")
_PERCENT = re.compile(r"(?:100(?:\.0+)?|[0-9]{1,2}(?:\.[0-9]+)?)")
_RULES = ("isPresent", "isNotPresent", "startsWith", "endsWith")

_FORMAT = f"{_SPACE}fs:2.0}}"
_SIZE = f"{_SPACE}sizerestriction:2.0}}"
_HTML = re.compile(
    "a|abbr|acronym|address|article|aside|audio|b|bdi|bdo|big|blockquote|body|br|button|canvas|caption|center|cite|code|"
    "col|colgroup|dd|del|details|dfn|div|dl|dt|em|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|"
    "i|iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|meta|nav|noscript|object|ol|optgroup|option|p|param|"
    "pre|q|rb|rp|rt|rtc|ruby|s|samp|section|select|small|source|span|strike|strong|style|sub|summary|sup|table|tbody|td|"
    "textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|var|video|wbr"
)

# Elements of the modules that are known here, each with patterns of its attributes' values.
_KNOWN: Mapping[str, Mapping[str, Mapping[str, re.Pattern[str]]]] = {
    "validation:2.0": {
        "validation": {},
        "rule": {
            "occurs": re.compile("[1-9][0-9]*"),
            "normalization": re.compile("none|nfc|nfd"),
            **dict.fromkeys(("caseSensitive", "existsInSource", "disabled"), _YES_NO),
        },
    },
    "metadata:2.0": {
        "metadata": {"id": _TOKEN},
        "metaGroup": {"id": _TOKEN, "appliesTo": re.compile("source|target|ignorable")},
        "meta": {},
    },
    "matches:2.0": {
        "matches": {},
        "match": {
            "id": _TOKEN,
            "type": re.compile("am|mt|icm|idp|tb|tm|other"),
            "reference": _YES_NO,
            **dict.fromkeys(("similarity", "matchQuality", "matchSuitability"), _PERCENT),
        },
    },
    "glossary:2.0": {
        "glossary": {},
        "glossEntry": {"id": _TOKEN},
        "term": {},
        "translation": {"id": _TOKEN},
        "definition": {},
    },
}


def check(elements: Iterable[Element], ids: Iterable[Element] = ()) -> None:
    """Elements of modules and extensions that stand in one place; `ids` are what matches may refer to."""
    own: dict[str, Ids] = {}
    known = frozenset(element.get("id", "") for element in ids)
    for element in elements:
        space = str(element.tag).rpartition("}")[0]
        if space.startswith(_SPACE):
            _check_module(element, space.removeprefix(_SPACE), known)
        else:
            _check_extension(element, space, own)


def check_attributes(element: Element) -> None:
    """Those of the format style and size restriction modules, which may stand on elements of the core."""
    style = element.get(f"{_FORMAT}fs")
    if style is not None and not _HTML.fullmatch(style):
        raise _broken(element, f"fs cannot be {style[:100]!r}: it is the name of an element of HTML")
    if style is None and element.get(f"{_FORMAT}subFs") is not None:
        raise _broken(element, "subFs stands without fs")
    storage = element.get(f"{_SIZE}equivStorage")
    if storage is not None and not storage.isdecimal():
        raise _broken(element, f"equivStorage {storage[:100]!r} is not a whole number")
    if element.get(f"{_SIZE}sizeInfo") is not None and element.get(f"{_SIZE}sizeInfoRef") is not None:
        raise _broken(element, "sizeInfo and sizeInfoRef exclude each other")


def is_module(tag: str) -> bool:
    """Whether the element or attribute is of a module of XLIFF."""
    return tag.startswith(_SPACE)


def _check_extension(element: Element, space: str, own: dict[str, Ids]) -> None:
    """Ids of one namespace are unique within the file, group or unit that holds its elements."""
    for inner in element.iter():
        name = inner.get("id", inner.get(_XML_ID))
        if name is not None and str(inner.tag).startswith(f"{space}}}"):
            own.setdefault(space, Ids()).add(name, inner, "id of an extension")


def _check_module(element: Element, module: str, known: frozenset[str]) -> None:
    patterns = _KNOWN.get(module)
    if patterns is None:
        return
    ids = Ids()
    for inner in _of_module(element, module):
        name = local(inner)
        if name not in patterns:
            raise _broken(inner, f"the module {module} has no element {name}")
        for attribute, pattern in patterns[name].items():
            value = inner.get(attribute)
            if value is not None and not pattern.fullmatch(value):
                raise _broken(inner, f"{attribute} of a {name} element cannot be {value[:100]!r}")
        if (own := inner.get("id")) is not None:
            ids.add(own, inner, f"id of a {name}")
        if name in _CHECKS:
            _CHECKS[name](inner, known)


def _of_module(element: Element, module: str) -> Iterator[Element]:
    return element.iter(f"{_SPACE}{module}}}*")


def _check_rule(rule: Element, known: frozenset[str]) -> None:
    del known
    foreign = [name for name in rule.keys() if str(name).startswith("{")]  # noqa: SIM118 - an element is no mapping
    rules = [name for name in _RULES if rule.get(name) is not None]
    if len(rules) + len(foreign) != 1:
        raise _broken(
            rule, "a rule has exactly one of isPresent, isNotPresent, startsWith, endsWith or a rule of its own"
        )
    if rule.get("occurs") is not None and rules != ["isPresent"]:
        raise _broken(rule, "occurs goes with isPresent only")
    if rule.get("existsInSource") is not None and rules not in (["isPresent"], ["startsWith"], ["endsWith"]):
        raise _broken(rule, "existsInSource goes with isPresent, startsWith and endsWith only")


def _check_metadata(element: Element, known: frozenset[str]) -> None:
    del known
    if not len(element):
        raise _broken(element, f"a {local(element)} element is empty")


def _check_meta(element: Element, known: frozenset[str]) -> None:
    del known
    if element.get("type") is None or element.get("appliesTo") is not None:
        raise _broken(element, "a meta element has a type, and no appliesTo")


def _check_match(element: Element, known: frozenset[str]) -> None:
    reference = element.get("ref", "")
    name = reference.removeprefix("#").rpartition("/")[2].removeprefix("t=")
    if not reference.startswith("#") or name not in known:
        raise Refused("bad-reference", f"a match refers to {reference[:100]!r}, not in its unit", line_of(element))
    if element.get("subType") is not None and element.get("type") is None:
        raise _broken(element, "a match has a subType without a type")
    if element.get(_XML_LANGUAGE) is not None:
        raise _broken(element, "a match has an xml:lang")


def _check_entry(element: Element, known: frozenset[str]) -> None:
    del known
    names = {local(child) for child in element}
    if "term" not in names or not names & {"translation", "definition"}:
        raise _broken(element, "a glossEntry has a term, and a translation or a definition")


_CHECKS: Mapping[str, Callable[[Element, frozenset[str]], None]] = {
    "rule": _check_rule,
    "metadata": _check_metadata,
    "metaGroup": _check_metadata,
    "meta": _check_meta,
    "match": _check_match,
    "glossEntry": _check_entry,
}


def _broken(element: Element, reason: str) -> Refused:
    return Refused("broken-module", reason, line_of(element))
