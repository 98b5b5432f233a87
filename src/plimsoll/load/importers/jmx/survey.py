"""What a plan defines, reads and sends, found before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from plimsoll.load.importers.jmx import draws, extractors
from plimsoll.load.importers.jmx.code import Nature
from plimsoll.load.importers.jmx.http_config import headers_of
from plimsoll.load.importers.jmx.jdbc import JDBC
from plimsoll.load.importers.jmx.scope import HTTP_SAMPLERS, Scope, enabled, is_group
from plimsoll.load.importers.jmx.texts import parse, variables
from plimsoll.load.importers.jmx.tree import Element

_VARS_GET = re.compile(r"""vars(?:\.get\(|\[)\s*["']([^"']+)["']""")


def living(element: Element) -> Iterator[Element]:
    """The enabled elements below that no disabled one holds."""
    for child in enabled(element.children):
        yield child
        yield from living(child)


def plan_variables(root: Element) -> dict[str, str]:
    """User-defined variables of the plan, wherever they stand; the last of a name counts."""
    found: dict[str, str] = {}
    for element in living(root):
        if element.kind == "TestPlan":
            found |= _arguments(element.part("TestPlan.user_defined_variables"))
        elif element.kind == "Arguments":
            found |= _arguments(element)
    return found


def _arguments(element: Element) -> dict[str, str]:
    given = element.elements("Arguments.arguments")
    return {each.text("Argument.name").strip(): each.text("Argument.value") for each in given}


def definitions(root: Element) -> dict[str, Nature]:
    """The variables that something sets during the load, with their nature."""
    found: dict[str, Nature] = {}
    for element in living(root):
        found |= draws.defined_by(element) | extractors.defined_by(element)
        if element.kind in JDBC:
            found |= dict.fromkeys((name.strip() for name in element.text("variableNames").split(",")), "list")
        if element.kind == "ForeachController":
            found[element.text("ForeachController.returnVal").strip()] = "text"
    return {name: nature for name, nature in found.items() if name}


def reads(root: Element) -> frozenset[str]:
    """Every variable that some text of the plan reads; of `id_1` and `id_matchNr` also `id`."""
    found: set[str] = set()
    for element in living(root):
        for text in _texts(element.properties.values()):
            found |= variables(parse(text)) | set(_VARS_GET.findall(text))
        found |= {element.text(name) for name in ("ForeachController.inputVal", "Scope.variable")}
    return frozenset(found | {re.sub(r"_(\d+|matchNr|#)$", "", name) for name in found})


def _texts(values: object) -> Iterator[str]:
    for value in values if isinstance(values, (list, type({}.values()))) else ():
        if isinstance(value, str):
            yield value
        elif isinstance(value, Element):
            yield from _texts(value.properties.values())
        else:
            yield from _texts(value)


def samplers(element: Element, scope: Scope) -> Iterator[tuple[Element, Scope]]:
    """The enabled HTTP samplers below, each with the scope of what is in it."""
    for child in enabled(element.children):
        if child.kind in HTTP_SAMPLERS:
            yield child, scope.within(child)
        elif child.children:
            yield from samplers(child, scope.within(child))


def common_headers(plan: Element, scope: Scope, known: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Headers that every request of the plan sends alike, and that are `known` before the load."""
    sent = [headers_of(inner) for _, inner in samplers(plan, scope)]
    if len(sent) < 2:
        return {}
    shared = {key: pair for key, pair in sent[0].items() if all(each.get(key, ("", ""))[1] == pair[1] for each in sent)}
    return {key: pair for key, pair in shared.items() if key != "content-type" and _is_certain(pair[1], known)}


def _is_certain(value: str, known: Mapping[str, str]) -> bool:
    """Whether it is made of variables of the plan alone, themselves made of texts and properties."""
    if "${__" in value:
        return False
    names = variables(parse(value))
    return all(name in known and ("${" not in known[name] or "__P(" in known[name]) for name in names)


def groups_in(plan: Element) -> list[Element]:
    """The enabled thread groups of a plan."""
    return [child for child in enabled(plan.children) if is_group(child)]


def manual_commit(root: Element) -> frozenset[str]:
    """The data sources whose statements wait for a commit."""
    sources = [element for element in living(root) if element.kind == "JDBCDataSource"]
    return frozenset(each.text("dataSource") for each in sources if not each.flag("autocommit", True))


def csv_without_names(root: Element) -> Element | None:
    """A CSV file that names its own columns; what it sets is not known here."""
    for element in living(root):
        if element.kind == "CSVDataSet" and not draws.csv_names(element):
            return element
    return None
