"""Controllers, timers, draws and failures: the shape of a journey."""

import pytest

from tests.load.importers.jmx.plans import element, group, http, imported, journey_of, outcome, regex, steps

A, B, C = http("a", "/a"), http("b", "/b"), http("c", "/c")


def controller(kind: str, *children: str, name: str = "here", **given: object) -> str:
    return element(kind, name, *children, properties={f"{kind}.{key}": value for key, value in given.items()})


def timer(kind: str, delay: str, spread: str = "") -> str:
    return element(kind, "pause", properties={"ConstantTimer.delay": delay, "RandomTimer.range": spread})


def lines(*children: str, **more: object) -> list[str]:
    """The journey's lines, its calls shortened to the step's name."""
    made = steps(*children, **more).splitlines()[2:]
    return [line.split("(")[1].split(",")[0].strip('"') if "user.http(" in line else line for line in made]


def test_controllers_become_pythons_own() -> None:
    assert lines(controller("LoopController", A, loops="3"), B) == ["for _ in range(3):", "a", "b"]
    assert lines(controller("LoopController", A, loops="1"), B) == ["a", "b"]
    assert lines(controller("LoopController", A, loops="-1")) == ["while True:", "a"]
    assert lines(controller("LoopController", A, loops="${__P(n,2)}")) == ["for _ in range(int(N)):", "a"]
    assert lines(controller("GenericController", A, name="part one")) == ["# part one", "a"]
    assert lines(element("RunTime", "r", A, properties={"RunTime.seconds": "5"})) == [
        "end_of_time = time.monotonic() + 5",
        "while time.monotonic() < end_of_time:",
        "a",
    ]


def test_once_only_is_done_by_each_user_once() -> None:
    assert lines(controller("OnceOnlyController", A, name="log in")) == [
        'if not user.state.get("done: log in, line 8"):',
        'user.state["done: log in, line 8"] = True',
        "a",
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('${__jexl3("${x}" == "y",)}', 'X == "y"'),
        ('${__groovy(vars.get("x") != "y")}', 'X != "y"'),
        ('"${x}" == "y" && "${x}" != "z" || !("${x}" == "w")', 'X == "y" and X != "z" or not (X == "w")'),
        ("${__jexl3(${n} > 3 and ${n} <= 7)}", "float(N or 0) > 3 and float(N or 0) <= 7"),
        ("2!=${count}", "2 != count"),
        ('"${x}".equals("y")', 'X == "y"'),
        ('${__javaScript("${x}".contains("y"))}', '"y" in X'),
        ("${x}", 'X.lower() == "true"'),
        ("true", "True"),
    ],
)
def test_comparisons_become_pythons(text: str, wanted: str) -> None:
    counter = element("CounterConfig", "c", properties={"CounterConfig.name": "count"})
    made = lines(counter, controller("IfController", A, condition=text), variables={"x": "1", "n": "2"})
    assert made[-2:] == [f"if {wanted}:", "a"]


@pytest.mark.parametrize(
    "text", ["", "${__groovy(new Date().time % 2 == 0)}", "a b", "${x} == ", "(1", "${x} % 7 == 0"]
)
def test_conditions_that_are_scripts_are_constants_for_people_to_set(text: str) -> None:
    made = imported(group(controller("IfController", A, name="lucky", condition=text)), variables={"x": "1"})
    assert "if LUCKY:" in journey_of(made)
    assert "LUCKY = True" in made.source
    assert "a constant stands for it" in outcome(made, "IfController").why


def test_a_while_goes_round_only_where_its_condition_can_change() -> None:
    def loop(condition: str, *children: str) -> str:
        return controller("WhileController", *children, condition=condition)

    found = http("a", "/a", regex("more", "more=(.)"))
    assert 'while more == "y":' in lines(loop('"${more}" == "y"', found))
    assert 'if OTHER == "y":' in lines(loop('"${other}" == "y"', found))
    assert lines(loop("", A)) == lines(loop("LAST", A)) == ["a"]


def test_one_of_several_is_drawn() -> None:
    chosen = ["chance = user.draw(here_picks)", "if chance == 0:", "a", "elif chance == 1:", "b"]
    assert lines(controller("RandomController", A, B)) == chosen
    assert lines(controller("InterleaveControl", A, B)) == chosen
    made = imported(group(controller("InterleaveControl", A, B)))
    assert "here_picks = feed.range(0, 1).sequential()" in made.source
    assert lines(controller("RandomOrderController", A, B)) == ["for chance in user.draw(here_orders):", *chosen[1:]]
    assert lines(controller("RandomController", A)) == ["a"]


def test_a_switch_chooses_by_number_or_name() -> None:
    assert lines(controller("SwitchController", A, B, value="1")) == ["b"]
    assert lines(controller("SwitchController", A, B, value="b")) == ["b"]
    assert lines(controller("SwitchController", A, B, value="${x}"), variables={"x": "1"}) == [
        "chosen = X",
        'if chosen in ("0", "a"):',
        "a",
        'elif chosen in ("1", "b"):',
        "b",
    ]


def test_a_share_of_passes_is_drawn_and_a_number_of_passes_is_said() -> None:
    assert lines(controller("ThroughputController", A, style="1", percentThroughput="30.0")) == [
        "if user.draw(percents) < 30:",
        "a",
    ]
    made = imported(group(controller("ThroughputController", A, style="0", maxThroughput="5")))
    assert "a number of passes in all cannot be said" in outcome(made, "ThroughputController").why


def test_all_that_was_found_is_gone_through() -> None:
    found = http("a", "/a", regex("id", "id=(.)", number="-1"))
    each = controller(
        "ForeachController", http("b", "/${x}"), inputVal="id", returnVal="x", startIndex="1", endIndex="3"
    )
    assert lines(found, each)[-2:] == ["for x in id_2[1:3]:", "b"]
    made = imported(group(A, controller("ForeachController", B, inputVal="nothing", returnVal="x")))
    assert outcome(made, "ForeachController").why == "nothing here finds several nothing"


def test_a_module_stands_where_it_is_referred_to_and_an_unused_fragment_is_said() -> None:
    used, unused = (element("TestFragmentController", name, http(name, "/f")) for name in ("used", "unused"))
    path = {"ModuleController.node_path": ["Test Plan", "Plan", "used"]}
    made = imported(group(A, element("ModuleController", "m", properties=path)), used, unused)
    assert 'user.http("used", "GET", "/f")' in journey_of(made)
    assert 'user.http("unused"' not in made.source
    said = {each.name: each.why for each in made.outcomes if each.kind == "TestFragmentController"}
    assert said == {"used": "", "unused": "no module controller refers to it"}


def test_a_module_that_refers_to_itself_comes_to_an_end() -> None:
    path = {"ModuleController.node_path": ["Plan", "loop"]}
    again = element("ModuleController", "m", properties=path)
    made = imported(
        group(A, element("ModuleController", "m", properties=path)), element("TestFragmentController", "loop", B, again)
    )
    assert journey_of(made).count('user.http("b"') == 1


def test_transactions_are_steps_unless_pauses_would_count_in_them() -> None:
    assert lines(controller("TransactionController", A, B, name="T"))[0] == 'async with user.step("T"):'
    paused = controller("TransactionController", timer("ConstantTimer", "5"), A, name="T", includeTimers="false")
    assert lines(paused) == ["# T", "await user.think(0.005)", "a"]
    counted = controller("TransactionController", timer("ConstantTimer", "5"), A, name="T")
    assert lines(counted) == ['async with user.step("T"):', "await user.think(0.005)", "a"]
    inner = controller("TransactionController", A, name="inner")
    assert lines(controller("TransactionController", inner, B, name="outer"))[:2] == [
        'async with user.step("outer"):',
        "# inner",
    ]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (timer("ConstantTimer", "1500"), "await user.think(1.5)"),
        (timer("UniformRandomTimer", "1000", "500.0"), "await user.think(1, 1.5)"),
        (timer("GaussianRandomTimer", "1000", "100"), "await user.think(0.827, 1.17)"),
        (timer("ConstantTimer", "${__P(wait,300)}"), "await user.think(int(WAIT) / 1000)"),
        (timer("ConstantTimer", "${__Random(100,200)}"), "await user.think(user.draw(numbers_100_to_200) / 1000)"),
    ],
)
def test_timers_are_pauses_before_each_sampler_of_their_scope(given: str, wanted: str) -> None:
    assert lines(A, given, controller("LoopController", B, loops="2")) == [
        wanted,
        "a",
        "for _ in range(2):",
        wanted,
        "b",
    ]


def test_a_timer_of_one_sampler_is_its_alone_and_a_timer_of_nothing_is_none() -> None:
    assert lines(http("a", "/a", timer("ConstantTimer", "5")), B) == ["await user.think(0.005)", "a", "b"]
    assert lines(A, timer("ConstantTimer", "0")) == ["a"]
    assert "there is no pause" in outcome(imported(group(A, element("SyncTimer", "s"))), "SyncTimer").why


def test_a_flow_control_action_pauses_or_begins_again() -> None:
    def action(what: str, **more: str) -> str:
        return element("TestAction", "t", properties={"ActionProcessor.action": what, **more})

    assert lines(A, action("1", **{"ActionProcessor.duration": "250"})) == ["a", "await user.think(0.25)"]
    assert lines(A, action("3")) == ["a", "return"]
    assert outcome(imported(group(A, action("0"))), "TestAction").fate == "left out"


def test_a_plan_that_goes_on_after_failures_goes_on_here() -> None:
    found = http("a", "/a", regex("x", "x=(.)", default="none"))
    made = imported(group(found, http("b", "/${x}"), error="continue"))
    assert "going_on = suppress(StepFailed)" in made.source
    assert journey_of(made).splitlines()[2:] == [
        'x = "none"',
        "with going_on:",
        'reply = await user.http("a", "GET", "/a")',
        'x = found("x=(.)", reply.text, otherwise="none")',
        "with going_on:",
        'await user.http("b", "GET", f"/{x}")',
    ]
    assert "going_on" not in imported(group(A, error="continue")).source
    assert "going_on" not in imported(group(A, B, error="startnextloop")).source


def test_a_failure_within_a_transaction_ends_that_and_no_more() -> None:
    made = steps(A, controller("TransactionController", B, C, name="T"))
    assert "going_on" not in made
    kept = journey_of(imported(group(A, controller("TransactionController", B, C, name="T"), error="continue")))
    assert kept.splitlines()[4:] == [
        "with going_on:",
        'async with user.step("T"):',
        'await user.http("b", "GET", "/b")',
        'await user.http("c", "GET", "/c")',
    ]


@pytest.mark.parametrize("error", ["stoptest", "stoptestnow"])
def test_a_plan_that_stops_at_a_failure_gets_a_condition_to_stop_by(error: str) -> None:
    assert '[abort]\nwhen = ["errors>0"]' in imported(group(A, error=error)).profile.text


def test_what_is_found_in_one_journey_and_read_in_the_next_is_kept() -> None:
    made = steps(http("a", "/${token}"), http("b", "/b", regex("token", "t=(.)")))
    assert made.splitlines()[2:] == [
        'token = user.state.get("token", "")',
        'await user.http("a", "GET", f"/{token}")',
        'reply = await user.http("b", "GET", "/b")',
        'token = found("t=(.)", reply.text)',
        'user.state["token"] = token',
    ]


def test_what_is_found_only_under_a_condition_has_a_value_before() -> None:
    found = controller("IfController", http("a", "/a", regex("x", "x=(.)")), condition="${__jexl3('${y}' == '1')}")
    made = steps(found, http("b", "/${x}"), variables={"y": "1"})
    assert made.splitlines()[2] == 'x = user.state.get("x", "")'


def csv(**more: str) -> str:
    return element("CSVDataSet", "c", properties={"filename": "a.csv", "variableNames": "x,y", **more})


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, 'feed.csv("a.csv", columns=["x", "y"], types={"x": str, "y": str}).sequential()'),
        ({"ignoreFirstLine": "true"}, 'columns=["x", "y"], header=True, types='),
        ({"delimiter": "\\t"}, 'delimiter="\\t", columns'),
        ({"recycle": "false", "stopThread": "true"}, ").unique()"),
        ({"filename": "C:\\data\\a.csv"}, 'feed.csv("a.csv", '),
        ({"filename": "${dir}/a.csv"}, 'feed.csv("data/a.csv", '),
    ],
)
def test_rows_of_files_are_feeds(given: dict[str, str], wanted: str) -> None:
    made = imported(group(csv(**given), http("a", "/${x}/${y}")), variables={"dir": "data"})
    assert wanted in made.source.replace("(\n    ", "(").replace(",\n    ", ", ").replace(",\n)", ")")
    assert "x, y = user.draw(a)" in journey_of(made)


def test_only_what_is_read_of_a_row_gets_a_name_and_a_row_that_nobody_reads_is_not_drawn() -> None:
    assert "x, _ = user.draw(a)" in steps(csv(), http("b", "/${x}"))
    assert "draw" not in steps(csv(), A)


def test_a_file_that_names_its_columns_gives_rows() -> None:
    made = steps(csv(variableNames=""), http("b", "/${login}"))
    assert 'row = user.draw(a)\nawait user.http("b", "GET", f"/{row[\'login\']}")' in made


def test_counters_random_variables_and_user_parameters_are_set_at_the_start_of_each_pass() -> None:
    counter = {"name": "n", "start": "5", "incr": "5", "end": "50", "format": "C000"}
    chance = {"variableName": "r", "minimumValue": "1", "maximumValue": "6"}
    users = {"UserParameters.names": ["u", "v"], "UserParameters.thread_values": [["a", "1"], ["b", "2"]]}
    made = imported(
        group(
            element("CounterConfig", "c", properties={f"CounterConfig.{key}": value for key, value in counter.items()}),
            element("RandomVariableConfig", "r", properties=chance),
            element("UserParameters", "People", properties=users),
            http("a", "/${n}/${r}/${u}/${v}"),
        )
    )
    assert "n_values = feed.values(range(5, 51, 5)).sequential()" in made.source
    assert 'PEOPLE = [("a", "1"), ("b", "2")]' in made.source
    assert journey_of(made).splitlines()[2:5] == [
        'n = f"C{user.draw(n_values):03d}"',
        "r = user.draw(r_values)",
        "u, v = PEOPLE[user.number % 2]",
    ]


def test_what_is_drawn_beside_a_sampler_or_within_a_choice_is_drawn_before_it() -> None:
    counter = element("CounterConfig", "c", properties={"CounterConfig.name": "n"})
    assert lines(http("a", "/${n}", counter))[0] == "n = user.draw(n_values)"
    assert lines(controller("RandomController", counter, http("a", "/${n}"), B))[0] == "n = user.draw(n_values)"


def test_a_module_may_stand_in_a_group_that_is_off() -> None:
    off = element(
        "ThreadGroup", "off", controller("GenericController", http("inside", "/i"), name="part"), enabled=False
    )
    path = {"ModuleController.node_path": ["Plan", "off", "part"]}
    made = imported(group(A, element("ModuleController", "m", properties=path)), off)
    assert 'user.http("inside"' in journey_of(made)
    assert {each.name: each.fate for each in made.outcomes}["inside"] == "taken"
    assert {each.name: each.fate for each in made.outcomes}["off"] == "disabled"


def test_a_loop_within_a_runtime_ends_with_it() -> None:
    loop = controller("LoopController", A, loops="-1")
    made = lines(element("RunTime", "r", loop, properties={"RunTime.seconds": "5"}))
    assert made[1:3] == ["while time.monotonic() < end_of_time:", "while time.monotonic() < end_of_time:"]


def test_hooks_have_no_row_of_a_file() -> None:
    read = http("b", "/${login}")
    made = imported(csv(variableNames=""), group(read, name="go"), element("SetupThreadGroup", "make", read))
    assert "row['login']" in journey_of(made, "go")
    assert 'await run.http("GET", f"/{LOGIN}")' in made.source
    assert "nothing in the plan sets it" in next(each.why for each in made.outcomes if each.why.startswith("${login}"))


def test_a_journey_without_a_step_is_said() -> None:
    made = imported(group(element("JSR223Sampler", "x")), group(A, name="other"))
    assert [note for note in made.notes if "no step" in note] == [
        "users has no step: nothing that it sends could be taken over"
    ]
