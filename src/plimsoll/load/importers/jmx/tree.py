"""A JMX file as a tree of values with lines. No entities, no DTD, no network; bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from lxml import etree

from plimsoll.core.errors import UsageError

BYTES_MAX: Final = 50_000_000  # the largest recorded plans are a tenth of it
ELEMENTS_MAX: Final = 100_000
LINES_COUNTED: Final = 65_000  # above 65,535 libxml2 guesses from the texts around
DEPTH_MAX: Final = 100  # of elements within elements; people's plans are below 15


@dataclass(slots=True, eq=False)
class Element:
    """An element of the plan, or a property that is one. `kind` is "ThreadGroup", without a package before it.

    Which properties were asked for is kept, so that what nobody asked for can be told.
    """

    kind: str
    name: str = ""
    line: int = 0
    enabled: bool = True
    gui: str = ""
    properties: dict[str, object] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def text(self, name: str, default: str = "") -> str:
        """A property as text; `default` where it is missing or empty."""
        self.read.add(name)
        value = self.properties.get(name)
        return value if isinstance(value, str) and value.strip() else default

    def flag(self, name: str, default: bool = False) -> bool:
        text = self.text(name).strip().lower()
        return text == "true" if text else default

    def items(self, name: str) -> list[object]:
        """A collection's items: texts, lists and elements."""
        self.read.add(name)
        value = self.properties.get(name)
        return value if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        return [item for item in self.items(name) if isinstance(item, str)]

    def elements(self, name: str) -> list[Element]:
        return [item for item in self.items(name) if isinstance(item, Element)]

    def part(self, name: str) -> Element:
        """A property that is an element; an empty one where it is missing."""
        self.read.add(name)
        value = self.properties.get(name)
        return value if isinstance(value, Element) else Element("", line=self.line)

    def walk(self) -> Iterator[Element]:
        """All elements below, in the order of the file."""
        for child in self.children:
            yield child
            yield from child.walk()


def read_tree(content: bytes, where: str) -> Element:
    """The plan as one element, whose children are the file's topmost. Raises UsageError naming the line."""
    if len(content) > BYTES_MAX:
        raise _not_read(where, f"it has {len(content):,} bytes; {BYTES_MAX:,} are the most")
    if not content.strip():
        raise _not_read(where, "it is empty")
    root = _parsed(content, where)
    kind = _tag(root)
    if kind == "node":
        raise _not_read(where, "it is in the format of JMeter 2.1 and older", "open it in JMeter, save it, import that")
    if kind != "jmeterTestPlan":
        raise _not_read(f"{where}, line {root.sourceline}", f"a test plan begins with jmeterTestPlan, this with {kind}")
    reader = _Reader(where, exact_lines(root, content))
    tops = [child for child in _elements(root) if _tag(child) == "hashTree"]
    return Element("jmeterTestPlan", line=_line(root), children=[e for top in tops for e in reader.children(top, 0)])


def _parsed(content: bytes, where: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _not_read(f"{where}, line {error.lineno or 1}", f"not well-formed XML: {_said(error)}") from None
    except (ValueError, LookupError) as error:
        raise _not_read(where, f"not XML: {error}") from None
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise _not_read(where, "it has a document type, which no test plan has", "remove the DOCTYPE")
    return root


def _said(error: etree.XMLSyntaxError) -> str:
    return str(error.msg).rpartition(", line ")[0] or str(error.msg)


def _not_read(where: str, why: str, remedy: str = "a file that JMeter saved as .jmx") -> UsageError:
    return UsageError("cannot import the test plan", where=where, why=why, remedy=remedy)


class _Reader:
    """Reads elements and counts them."""

    def __init__(self, where: str, lines: Mapping[etree._Element, int]) -> None:
        self._where = where
        self._lines = lines
        self._count = 0

    def children(self, tree: etree._Element, depth: int) -> list[Element]:
        """The elements of a hashTree; the hashTree behind each holds its children."""
        if depth > DEPTH_MAX:
            raise _not_read(
                f"{self._where}, line {self._line(tree)}", f"more than {DEPTH_MAX} elements within each other"
            )
        found: list[Element] = []
        for node in _elements(tree):
            if _tag(node) != "hashTree":
                found.append(self._element(node))
            elif found:
                found[-1].children += self.children(node, depth + 1)
        return found

    def _element(self, node: etree._Element) -> Element:
        self._count += 1
        if self._count > ELEMENTS_MAX:
            raise _not_read(f"{self._where}, line {self._line(node)}", f"more than {ELEMENTS_MAX:,} elements")
        properties = self._properties(node)
        name = node.get("testname") or _property(properties, "TestElement.name")
        enabled = node.get("enabled") or _property(properties, "TestElement.enabled") or "true"
        return Element(
            _tag(node).rpartition(".")[2],
            name,
            self._line(node),
            enabled.strip().lower() != "false",
            node.get("guiclass", "").rpartition(".")[2],
            properties,
        )

    def _properties(self, node: etree._Element) -> dict[str, object]:
        found: dict[str, object] = {}
        for number, child in enumerate(_elements(node)):
            name, value = self._property(child)
            found[name or f"#{number}"] = value
        return found

    def _property(self, node: etree._Element) -> tuple[str, object]:
        kind = _tag(node)
        name = node.get("name") or ""
        if kind in ("collectionProp", "mapProp"):
            return name, [self._property(child)[1] for child in _elements(node)]
        if kind in ("elementProp", "testElementProp"):
            part = self._element(node)
            part.kind, part.name = node.get("elementType", "").rpartition(".")[2], name
            return name, part
        parts = {_tag(child): child.text or "" for child in _elements(node)}
        if kind == "objProp":
            return parts.get("name", name), ""  # what reports hold: nothing of a load is in it
        return parts.get("name", name), parts.get("value", node.text or "")

    def _line(self, node: etree._Element) -> int:
        return self._lines.get(node) or _line(node)


def exact_lines(root: etree._Element, content: bytes) -> Mapping[etree._Element, int]:
    """The line of each element of a file that has more lines than libxml2 counts exactly; nothing of a shorter one."""
    if content.count(b"\n") < LINES_COUNTED:
        return {}
    lines: list[int] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: lines.append(parser.CurrentLineNumber)
    try:
        parser.Parse(content, True)
    except expat.ExpatError:  # an encoding that only libxml2 reads
        return {}
    return dict(zip(root.iter("*"), lines, strict=False))


def _property(properties: dict[str, object], name: str) -> str:
    value = properties.get(name)
    return value if isinstance(value, str) else ""


def _elements(node: etree._Element) -> Iterator[etree._Element]:
    return iter(node)


def _tag(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _line(node: etree._Element) -> int:
    line: int | None = getattr(node, "sourceline", None)
    return line or 0
