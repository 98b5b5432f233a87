"""JMeter's texts and functions: what is a reference, and what it becomes."""

from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.load.importers.jmx.functions import strftime
from plimsoll.load.importers.jmx.texts import Call, Variable, covered, parse, variables
from plimsoll.load.language.scenario import load_scenario
from plimsoll.settings.masking import mask
from tests.load.importers.jmx.plans import element, group, http, imported, journey_of, outcome, steps


def test_a_text_is_parted_at_its_references() -> None:
    assert parse("a${b}c") == ("a", Variable("b"), "c")
    assert parse("${__P(x,${y})}") == (Call("P", (("x",), (Variable("y"),)), "${__P(x,${y})}"),)
    assert parse("${__time()}${__UUID}") == (Call("time", (), "${__time()}"), Call("UUID", (), "${__UUID}"))


@pytest.mark.parametrize("text", ["", "plain", "$", "${", "${open", "a$b", "{x}", r"back\slash", "100 %"])
def test_what_is_no_reference_stays_as_it_is(text: str) -> None:
    assert "".join(str(piece) for piece in parse(text)) == text


def test_escapes_hold_in_texts_with_references_and_in_arguments() -> None:
    assert parse(r"\${a}${b}") == ("${a}", Variable("b"))
    (call,) = parse(r"${__P(a\,b,c)}")
    assert isinstance(call, Call)
    assert call.arguments == (("a,b",), ("c",))


def test_braces_within_a_reference_do_not_end_it() -> None:
    (call,) = parse("${__groovy({ it -> 1 }(2))}")
    assert isinstance(call, Call)
    assert call.name == "groovy"


def test_variables_in_arguments_are_read_too() -> None:
    assert variables(parse("${a}${__P(${b},${__V(${c})})}")) == {"a", "b", "c"}


def test_covered_references_come_back() -> None:
    cover = covered("x=${a}&y=${__P(b,&)}")
    assert cover.text.split("&")[1].startswith("y=")
    assert [cover.restore(part) for part in cover.text.split("&")] == ["x=${a}", "y=${__P(b,&)}"]


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss", "%Y-%m-%dT%H:%M:%S"),
        ("dd.MM.yy", "%d.%m.%y"),
        ("EEE, d", None),
        ("SSS", None),
        ("100%", "100%%"),
    ],
)
def test_patterns_of_dates_become_strftimes_where_it_knows_them(pattern: str, wanted: str | None) -> None:
    assert strftime(pattern) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("${__Random(1,6)}", "str(user.draw(numbers_1_to_6))"),
        ("n${__Random(1,6)}", 'f"n{user.draw(numbers_1_to_6)}"'),
        ("${__threadNum}", "str(user.number + 1)"),
        ("${__UUID()}", "str(uuid.uuid4())"),
        ("${__time()}", "str(int(time.time() * 1000))"),
        ("${__time(/1000)}", "str(int(time.time()))"),
        ("${__time(yyyy)}", 'datetime.now().strftime("%Y")'),
        ("${__P(x,7)}", "X"),
        ("${__P(x,${y})}", "X"),
        ("${__RandomString(4,ab)}", "user.draw(texts_of_4)"),
        ("${__counter(FALSE)}", "str(user.draw(counter))"),
        ("${__intSum(1,2)}", "str((1 + 2))"),
        ("${__urlencode(a b)}", 'quote_plus("a b")'),
        ("${__base64Encode(${y})}", "b64encode(Y.encode()).decode()"),
        ("${__lowercase(${y})}", "Y.lower()"),
        ("${__V(y)}", "Y"),
        ('say "${y}" {z}', 'f"say \\"{Y}\\" {{z}}"'),
        ("${unset}", "UNSET"),
    ],
)
def test_a_reference_becomes_an_expression(text: str, wanted: str) -> None:
    header = element(
        "HeaderManager", "h", properties={"HeaderManager.headers": [{"Header.name": "X", "Header.value": text}]}
    )
    assert f'headers={{"X": {wanted}}}' in steps(http("a", "/", header), variables={"y": "why"})


def test_properties_come_from_the_environment_with_the_plans_default() -> None:
    made = imported(group(http("a", "/${__P(place,here)}/${__property(other.one)}")))
    assert 'PLACE = os.environ.get("JMETER_PLACE", "here")' in made.source
    assert 'OTHER_ONE = os.environ.get("JMETER_OTHER_ONE", "")' in made.source
    assert dict(made.environ)["JMETER_OTHER_ONE"] == "the property other.one"


def test_a_secret_that_is_not_set_and_a_number_that_is_none_are_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = element("ConstantTimer", "t", properties={"ConstantTimer.delay": "${__P(wait,100)}"})
    made = imported(group(pause, http("a", "/${__P(password)}")))
    scenario = tmp_path / "plan.py"
    scenario.write_text(made.source, encoding="utf-8")
    monkeypatch.delenv("JMETER_PASSWORD", raising=False)
    with pytest.raises(UsageError, match="JMETER_PASSWORD is not set in the environment") as refused:
        load_scenario(scenario)
    assert "set it with export before the run" in mask(str(refused.value))
    monkeypatch.setenv("JMETER_PASSWORD", "")
    assert load_scenario(scenario).journeys
    monkeypatch.setenv("JMETER_WAIT", "abc")
    with pytest.raises(UsageError, match=r"invalid literal .*'abc'"):
        load_scenario(scenario)


def test_what_nothing_sets_and_what_is_a_script_is_a_constant_and_listed() -> None:
    made = imported(group(http("a", "/${nothing}?x=${__groovy(1 + 1)}")))
    assert '# stands for ${nothing} (line 8): nothing in the plan sets it\nNOTHING = ""' in made.source
    assert "# stands for ${__groovy(1 + 1)} (line 8): not understood" in made.source
    why = outcome(made, "HTTPSamplerProxy").why
    assert "${nothing}: nothing in the plan sets it" in why
    assert "${__groovy(1 + 1)}: not understood" in why


def test_variables_made_of_themselves_come_to_an_end() -> None:
    made = imported(group(http("a", "/${a}${b}")), variables={"a": "${b}x", "b": "${a}y"})
    assert "stands for" in made.source


def test_names_that_python_or_the_scenario_needs_are_not_taken() -> None:
    given = {"str": "1", "user": "2", "json": "3", "class": "4", "größe": "5", "日本": "6"}
    journey = journey_of(imported(group(http("a", "/" + "".join(f"${{{name}}}" for name in given))), variables=given))
    assert 'f"/{STR}{VALUE_USER}{JSON}{VALUE_CLASS}{GRE}{VALUE}"' in journey
