"""What the attributes of XLIFF 2's own elements may say."""

import re
from collections.abc import Mapping

from fluentscribe.formats.markup import Element, line_of
from fluentscribe.formats.values import Refused

_XML = "{http://www.w3.org/XML/1998/namespace}"
_YES_NO = re.compile("yes|no")
_DIRECTION = re.compile("ltr|rtl|auto")
_TOKEN = re.compile(r"[\w:.·-]+")
_OWN = r"[^\s:]+:[^\s:][^:]*"  # prefix and value
_VALUES: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("canCopy", "canDelete", "canOverlap", "canResegment", "isolated", "translate"), _YES_NO),
    **dict.fromkeys(("dir", "srcDir", "trgDir"), _DIRECTION),
    **dict.fromkeys(("id", "dataRef", "dataRefStart", "dataRefEnd", "startRef", "copyOf"), _TOKEN),
    "canReorder": re.compile("yes|firstNo|no"),
    "state": re.compile("initial|translated|reviewed|final"),
    "priority": re.compile("[1-9]|10"),
    "appliesTo": re.compile("source|target"),
    "order": re.compile("[1-9][0-9]{0,8}"),
    "hex": re.compile("(?:[0-9A-Fa-f]{2}){1,3}"),
    "subType": re.compile(_OWN),
    f"{_XML}space": re.compile("default|preserve"),
}
_TYPES = {
    **dict.fromkeys(("ph", "pc", "sc", "ec"), re.compile(f"fmt|ui|quote|link|image|other|{_OWN}")),
    **dict.fromkeys(("mrk", "sm"), re.compile(f"generic|comment|term|{_OWN}")),
}
_TYPE = re.compile(_OWN)
_SUB_TYPES = {"xlf:var": "ui", **dict.fromkeys(("xlf:lb", "xlf:pb", "xlf:b", "xlf:i", "xlf:u"), "fmt")}


def check_value(element: Element, name: str, attribute: str, value: str) -> None:
    """Raises Refused where `value` cannot be that of the attribute of the element called `name`."""
    pattern = _TYPES.get(name, _TYPE) if attribute == "type" else _VALUES.get(attribute)
    if pattern is not None and not pattern.fullmatch(value):
        code = "bad-state" if attribute == "state" else "bad-attribute"
        raise Refused(code, f"{attribute} of a {name} element cannot be {value[:100]!r}", line_of(element))


def check_sub_type(element: Element) -> None:
    """A subtype has a type, and XLIFF's own subtypes the type that they are of. Raises Refused."""
    kind, sub_type = element.get("type"), element.get("subType", "")
    wanted = _SUB_TYPES.get(sub_type, kind if not sub_type.startswith("xlf:") else "")
    if kind is None or kind != wanted:
        raise Refused("bad-attribute", f"subType {sub_type!r} does not go with the type {kind!r}", line_of(element))
