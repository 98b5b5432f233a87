"""Extractors and assertions: what is taken out of a reply, and how it is judged."""

from pathlib import Path
from runpy import run_path

import pytest

from plimsoll.load.importers.jmx.helpers import HELPERS
from plimsoll.load.importers.jmx.jsonpath import parse_path
from tests.load.importers.jmx.plans import asserted, element, group, http, imported, journey_of, outcome, regex, steps


def taken(extractor: str, name: str = "x") -> str:
    """The line that sets the variable."""
    made = steps(http("a", "/a", extractor), http("b", f"/${{{name}}}/${{{name}_1}}"))
    return next(line for line in made.splitlines() if line.startswith(f"{name} = ") and "state" not in line)


def from_json(path: str, number: str = "", default: str = "") -> str:
    given = {"referenceNames": "x", "jsonPathExprs": path, "match_numbers": number, "defaultValues": default}
    return element("JSONPostProcessor", "j", properties={f"JSONPostProcessor.{k}": v for k, v in given.items()})


@pytest.mark.parametrize(
    ("extractor", "wanted"),
    [
        (regex("x", "a=(.+?)"), 'found("a=(.+?)", reply.text)'),
        (regex("x", r'id="(\d+)"', default="none"), 'found(r\'id="(\\d+)"\', reply.text, otherwise="none")'),
        (regex("x", "a(.)", "2"), 'nth(found_all("a(.)", reply.text), 2)'),
        (regex("x", "a(.)", "0"), 'any_of(found_all("a(.)", reply.text))'),
        (regex("x", "a(.)", "-1"), 'found_all("a(.)", reply.text)'),
        (from_json("$.a.b[0]['c d']"), 'picked(reply, "a", "b", 0, "c d")'),
        (from_json("$.a", default="none"), 'picked(reply, "a", otherwise="none")'),
        (from_json("$..id", "1"), 'nth(picked_all(reply, "..", "id"), 1)'),
        (from_json("$.items[*].id"), 'any_of(picked_all(reply, "items", "*", "id"))'),
        (from_json("$.items[*].id", "-1"), 'picked_all(reply, "items", "*", "id")'),
    ],
)
def test_an_extractor_is_an_assignment(extractor: str, wanted: str) -> None:
    assert taken(extractor) == f"x = {wanted}"


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("true", "headers_text(reply)"),
        ("code", "str(reply.status)"),
        ("URL", "reply.url"),
        ("unescaped", "html.unescape(reply.text)"),
    ],
)
def test_an_extractor_looks_where_the_plan_says(field: str, wanted: str) -> None:
    given = {"refname": "x", "regex": "(.)", "useHeaders": field}
    made = element("RegexExtractor", "r", properties={f"RegexExtractor.{key}": value for key, value in given.items()})
    assert taken(made) == f'x = found("(.)", {wanted})'


def test_boundaries_are_a_pattern() -> None:
    given = {"refname": "x", "lboundary": "<a>", "rboundary": "</a>"}
    made = element(
        "BoundaryExtractor", "b", properties={f"BoundaryExtractor.{key}": value for key, value in given.items()}
    )
    assert taken(made) == 'x = found("(?s)<a>(.*?)</a>", reply.text)'


@pytest.mark.parametrize(
    ("extractor", "kind"),
    [
        (regex("x", "(?<bad"), "RegexExtractor"),
        (from_json("$.a[?(@.b == 1)].c"), "JSONPostProcessor"),
        (from_json("$.a[-1:].c"), "JSONPostProcessor"),
        (element("XPathExtractor", "x"), "XPathExtractor"),
        (element("JSR223PostProcessor", "x"), "JSR223PostProcessor"),
    ],
)
def test_an_extractor_that_cannot_be_said_is_listed(extractor: str, kind: str) -> None:
    found = outcome(imported(group(http("a", "/", extractor), http("b", "/${x}"))), kind)
    assert found.fate == "left out"
    assert found.why


def test_what_nobody_reads_is_not_taken_out() -> None:
    made = imported(group(http("a", "/", regex("x", "(.)"))))
    assert "found" not in journey_of(made)
    assert outcome(made, "RegexExtractor").why == "nothing reads x"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("$", ()),
        ("$.a", ("a",)),
        ("a.b", ("a", "b")),
        ("$['a'][\"b\"][-1]", ("a", "b", -1)),
        ("$..a[*].b", ("..", "a", "*", "b")),
        ("$.a.*", ("a", "*")),
        ("$.a[?(@.x)]", None),
        ("$.a[0,1]", None),
        ("$.a.length()", None),
    ],
)
def test_json_paths_are_keys_indexes_and_stars(path: str, wanted: tuple[object, ...] | None) -> None:
    assert parse_path(path) == wanted


class Reply:
    text = '{"a": {"b": [1, {"c": "x"}, {"c": null}]}, "c": true}'


def test_the_helpers_that_a_scenario_gets_do_what_they_say(tmp_path: Path) -> None:
    path = tmp_path / "helpers.py"
    path.write_text("import json\nimport random\nimport re\n\n" + "\n\n\n".join(HELPERS.values()) + "\n")
    made = run_path(str(path))
    picked, picked_all, nth, local_path = (made[name] for name in ("picked", "picked_all", "nth", "local_path"))
    assert (picked(Reply, "a", "b", 0), picked(Reply, "c"), picked(Reply, "a", "z", otherwise="no")) == (
        "1",
        "true",
        "no",
    )
    assert picked_all(Reply, "a", "b", "*", "c") == ["x", "null"]
    assert picked_all(Reply, "..", "c") == ["true", "x", "null"]
    assert (nth(["a"], 1), nth(["a"], 2), nth([], 1, "no")) == ("a", "", "no")
    assert made["found"]("a(.)", "xaby") == "b"
    assert made["found_all"]("a(.)", "abac") == ["b", "c"]
    links = ("http://x.example/a", "/b", "c", "https://x.example")
    assert [local_path(link) for link in links] == ["/a", "/b", "/c", "/"]


def judged(*assertions: str, **more: str) -> str:
    return steps(http("a", "/a", *assertions), **more).partition('"""Users."""\n')[2]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (asserted("response_code", 8, "404"), "expect=404"),
        (asserted("response_code", 8 | 32, "200", "201"), "expect=(200, 201)"),
        (asserted("response_code", 16, "200", **{"Assertion.assume_success": "true"}), "expect=200"),
        (asserted("response_code", 2, "2.."), 'user.check("contains 2..", re.search("2..", str(reply.status)))'),
        (asserted("response_code", 4 | 8, "500"), 'user.check("not is 500", not (str(reply.status) == "500"))'),
        (asserted("response_data", 16, "a", "b"), 'user.check("contains a", "a" in reply.text and "b" in reply.text)'),
        (asserted("response_data", 16 | 32, "a", "b"), '"a" in reply.text or "b" in reply.text)'),
        (asserted("response_data", 16 | 4, "a"), 'user.check("not contains a", "a" not in reply.text)'),
        (asserted("response_data", 8, "a", name="says a"), 'user.check("says a", reply.text == "a")'),
        (asserted("response_data", 1, "a.*"), 're.fullmatch("a.*", reply.text)'),
        (asserted("response_data", 2, r"\d+"), 're.search(r"\\d+", reply.text)'),
        (asserted("response_headers", 16, "text/html"), '"text/html" in headers_text(reply)'),
        (asserted("response_data", 16, "${who}"), 'user.check("contains who", WHO in reply.text)'),
        (
            element("DurationAssertion", "d", properties={"DurationAssertion.duration": "500"}),
            'user.check("within 500 ms", reply.timings.total_ms <= 500)',
        ),
    ],
)
def test_an_assertion_is_a_check_or_what_is_expected(given: str, wanted: str) -> None:
    made = steps(http("a", "/a", given), variables={"who": "Ann"})
    assert wanted in made


def test_a_status_that_is_ignored_is_any() -> None:
    assert "expect=tuple(range(100, 600))" in judged(
        asserted("response_data", 16, "x", **{"Assertion.assume_success": "true"})
    )


def test_a_reply_has_a_name_only_where_something_looks_at_it() -> None:
    assert judged() == 'await user.http("a", "GET", "/a")'
    assert judged(asserted("response_code", 8, "200")) == 'await user.http("a", "GET", "/a", expect=200)'


def test_assertions_above_a_sampler_hold_for_it_too() -> None:
    made = steps(asserted("response_data", 16, "x"), http("a"), element("GenericController", "", http("b")))
    assert made.count('user.check("contains x"') == 2


def test_json_is_judged_by_its_path() -> None:
    def json(**given: str) -> str:
        return judged(element("JSONPathAssertion", "JSON Assertion", properties={"JSON_PATH": "$.a", **given}))

    assert 'user.check("contains $.a", picked_all(reply, "a"))' in json()
    assert '"b" in picked_all(reply, "a")' in json(JSONVALIDATION="true", EXPECTED_VALUE="b", ISREGEX="false")
    assert 'any(re.fullmatch("b.*", value) for value in picked_all(reply, "a"))' in json(
        JSONVALIDATION="true", EXPECTED_VALUE="b.*"
    )
    assert 'not (picked_all(reply, "a"))' in json(INVERT="true")
    assert '"null" in picked_all' in json(EXPECT_NULL="true")


def test_sizes_are_those_of_the_body() -> None:
    given = {
        "SizeAssertion.size": "100",
        "SizeAssertion.operator": "4",
        "Assertion.test_field": "SizeAssertion.response_data",
    }
    assert 'user.check("size < 100", len(reply.bytes) < 100)' in judged(element("SizeAssertion", "s", properties=given))


def test_a_variable_is_judged_where_the_assertion_says_so() -> None:
    scoped = {"Assertion.scope": "variable", "Scope.variable": "x"}
    made = steps(http("a", "/a", regex("x", "(.)"), asserted("response_data", 8, "y", **scoped)))
    assert 'x = found("(.)", reply.text)\nuser.check("is y", x == "y")' in made


@pytest.mark.parametrize("kind", ["XPathAssertion", "XMLAssertion", "JSR223Assertion", "BeanShellAssertion"])
def test_an_assertion_that_cannot_be_said_is_listed(kind: str) -> None:
    assert outcome(imported(group(http("a", "/", element(kind, "x")))), kind).fate == "left out"


def test_a_variable_of_several_values_is_none_itself() -> None:
    made = imported(group(http("a", "/a", regex("x", "(.)", "-1")), http("b", "/${x}/${x_2}")))
    assert 'f"/{X_2}/{nth(x, 2)}"' in made.source or 'f"/{X}/{nth(x, 2)}"' in made.source
    assert "it has several values, of which x_1 is the first" in next(o.why for o in made.outcomes if o.name == "b")
