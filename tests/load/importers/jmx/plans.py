"""Test plans as JMeter saves them, made of the few elements that a test is about."""

import ast
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from plimsoll.load.importers.jmx.account import Outcome
from plimsoll.load.importers.jmx.plan import Imported, import_plan

FOREVER = {"ThreadGroup.main_controller": {"LoopController.loops": "-1"}}
Value = str | Sequence[object] | Mapping[str, object]


def prop(name: str, value: object) -> str:
    """A property: a text, a list (a collection) or a mapping (an element)."""
    label = f" name={quoteattr(name)}" if name else ""
    if isinstance(value, Mapping):
        label = f" name={quoteattr(str(value['@name']))}" if "@name" in value else label
        inside = "".join(prop(key, each) for key, each in value.items() if key != "@name")
        return f'<elementProp{label} elementType="Part">{inside}</elementProp>'
    if isinstance(value, str):
        return f"<stringProp{label}>{escape(value)}</stringProp>"
    assert isinstance(value, Sequence)
    return f"<collectionProp{label}>{''.join(prop('', each) for each in value)}</collectionProp>"


def element(
    kind: str, name: str = "", *children: str, enabled: bool = True, properties: Mapping[str, object] | None = None
) -> str:
    """An element and its hashTree, each beginning a line."""
    inside = "".join(prop(key, value) for key, value in (properties or {}).items())
    off = "" if enabled else ' enabled="false"'
    head = f"<{kind} testname={quoteattr(name)}{off}>{inside}</{kind}>"
    return f"{head}\n<hashTree>\n{''.join(children)}</hashTree>\n"


def arguments(**given: str) -> dict[str, object]:
    return {"Arguments.arguments": [{"Argument.name": name, "Argument.value": value} for name, value in given.items()]}


def document(*elements: str) -> bytes:
    inside = "".join(elements)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f"{head}\n<jmeterTestPlan>\n<hashTree>\n{inside}</hashTree>\n</jmeterTestPlan>\n".encode()


def plan(*children: str, variables: Mapping[str, str] | None = None) -> bytes:
    given = {"TestPlan.user_defined_variables": arguments(**(variables or {}))}
    return document(element("TestPlan", "Plan", *children, properties=given))


def group(*children: str, name: str = "Users", loops: str = "-1", error: str = "startnextloop", **more: str) -> str:
    """A thread group of one user that goes on to its next loop after a failure."""
    given = {
        "ThreadGroup.num_threads": "1",
        "ThreadGroup.on_sample_error": error,
        "ThreadGroup.main_controller": {"LoopController.loops": loops},
        **{f"ThreadGroup.{key}": value for key, value in more.items()},
    }
    return element("ThreadGroup", name, *children, properties=given)


def http(name: str, path: str = "/", *children: str, method: str = "GET", **more: object) -> str:
    given = {"HTTPSampler.path": path, "HTTPSampler.method": method}
    return element(
        "HTTPSamplerProxy", name, *children, properties=given | {f"HTTPSampler.{k}": v for k, v in more.items()}
    )


def posted(name: str, path: str, *children: str, body: str = "", **form: str) -> str:
    """A POST of a body, or of a form."""
    given: dict[str, object] = {"HTTPSampler.path": path, "HTTPSampler.method": "POST"}
    if body:
        given |= {"HTTPSampler.postBodyRaw": "true"}
        given["HTTPsampler.Arguments"] = {"Arguments.arguments": [{"Argument.value": body}]}
    else:
        given["HTTPsampler.Arguments"] = arguments(**form)
    return element("HTTPSamplerProxy", name, *children, properties=given)


def jdbc(name: str, query: str, *children: str, kind: str = "Select Statement", **more: str) -> str:
    given = {"dataSource": "db", "query": query, "queryType": kind, **more}
    return element("JDBCSampler", name, *children, properties=given)


def headers(**given: str) -> str:
    pairs = [{"Header.name": name.replace("_", "-"), "Header.value": value} for name, value in given.items()]
    return element("HeaderManager", "headers", properties={"HeaderManager.headers": pairs})


def regex(name: str, pattern: str, number: str = "1", default: str = "") -> str:
    given = {"refname": name, "regex": pattern, "template": "$1$", "match_number": number, "default": default}
    return element("RegexExtractor", name, properties={f"RegexExtractor.{key}": value for key, value in given.items()})


def asserted(field: str, type_: int, *tests: str, name: str = "Response Assertion", **more: str) -> str:
    given = {"Asserion.test_strings": list(tests), "Assertion.test_field": f"Assertion.{field}"}
    return element("ResponseAssertion", name, properties={**given, "Assertion.test_type": str(type_), **more})


def imported(*children: str, variables: Mapping[str, str] | None = None) -> Imported:
    return import_plan(plan(*children, variables=variables), "plan.jmx")


def journey_of(made: Imported, name: str = "users") -> str:
    """The body of a journey, as it is in the file."""
    for node in ast.parse(made.source).body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name == name:
            return "\n".join(map(str.strip, ast.get_source_segment(made.source, node).splitlines()))  # type: ignore[union-attr]
    raise AssertionError(f"no {name} in {made.source}")


def steps(*children: str, **more: object) -> str:
    """The journey of a plan with one thread group of these children, lines without indent."""
    variables = more.pop("variables", None)
    assert variables is None or isinstance(variables, Mapping)
    return journey_of(imported(group(*children), variables=variables))


def outcome(made: Imported, kind: str) -> Outcome:
    """What became of the only element of a kind."""
    (only,) = (each for each in made.outcomes if each.kind == kind)
    return only
