"""How load arrives: thread groups as profiles that can be run, and journeys by weight."""

import tomllib

import pytest

from plimsoll.core.profile import Profile, Stage
from plimsoll.core.units import parse_duration
from plimsoll.load.importers.jmx.curve import added, stages
from plimsoll.load.importers.jmx.plan import Imported
from plimsoll.load.importers.jmx.schedule import read_schedule
from plimsoll.settings.loading import parse_settings
from tests.load.importers.jmx.plans import element, group, http, imported, outcome

A = http("a")


def profile(*groups: str) -> Profile:
    """The profile as plimsoll.toml has it: it must be one that can be run."""
    return profile_of(imported(*groups))


def profile_of(made: Imported) -> Profile:
    (table,) = tomllib.loads(made.profile.text)["profiles"].values()
    given = [
        Stage(s.get("users", s.get("rate")), parse_duration(s["for"]), parse_duration(s.get("ramp", 0)))
        for s in table.pop("stages")
    ]
    return Profile(made.profile.name, stages=tuple(given), **table)


def threads(kind: str, **given: object) -> str:
    return element(kind, "g", A, properties=given)


def course(made: Profile, *seconds: float) -> list[float]:
    return [round(made.level_at(at), 2) for at in seconds]


def test_a_scheduled_group_ramps_and_holds() -> None:
    made = profile(group(A, num_threads="20", ramp_time="10", scheduler="true", duration="60"))
    assert (made.executor, made.duration_s) == ("ramping-users", 60)
    assert course(made, 0, 5, 10, 59) == [0, 10, 20, 20]


def test_a_group_that_counts_loops_is_iterations() -> None:
    made = imported(group(A, loops="7", num_threads="3"))
    assert profile_of(made).iterations == 21
    assert made.profile.options == "--users 3 --iterations 21 --duration 1h"


def test_a_group_that_never_ends_gets_some_minutes_which_is_said() -> None:
    made = imported(group(A, num_threads="4"))
    assert profile_of(made).duration_s == 300
    assert outcome(made, "ThreadGroup").why == "runs until it is stopped: 5 minutes were put"
    assert made.profile.options == "--users 4 --duration 300s"


def test_numbers_that_only_jmeter_knows_are_one_and_defaults_are_said() -> None:
    made = imported(group(A, num_threads="${__P(users,12)}"), group(A, num_threads="${__groovy(3)}", name="b"))
    assert profile_of(made).peak_level == 13
    assert "num_threads 12 is what ${__P(users,12)} is by default" in made.notes
    assert [each.why for each in made.outcomes if each.name == "b" and "which only JMeter knows: 1 was put" in each.why]


def test_a_duration_that_only_jmeter_knows_is_said() -> None:
    made = imported(group(A, scheduler="true", duration="${__groovy(9)}", ramp_time="${ramp}"))
    why = outcome(made, "ThreadGroup").why
    assert "duration is ${__groovy(9)}, which only JMeter knows: 0 was put" in why
    assert "ramp_time is ${ramp}, which only JMeter knows: 0 was put" in why


def test_several_groups_add_up_and_are_weighed_by_their_load() -> None:
    one = group(A, name="one", num_threads="10", scheduler="true", duration="60")
    two = group(A, name="two", num_threads="30", scheduler="true", duration="60", delay="20")
    made = imported(one, two)
    assert course(profile_of(made), 0, 19, 21, 59, 61) == [10, 10, 40, 40, 30]
    assert "@journey\nasync def one" in made.source
    assert "@journey(weight=3)\nasync def two" in made.source
    assert any("each thread group is a journey" in note for note in made.notes)
    (table,) = tomllib.loads(made.profile.text)["profiles"].values()
    assert [stage["journeys"] for stage in table["stages"]] == [{"one": 100}, {"one": 25, "two": 75}, {"two": 100}]


def test_the_notes_say_how_far_the_mix_may_be_from_the_plans() -> None:
    buyers = group(A, name="Buyers", num_threads="3", loops="2")
    readers = group(A, name="Readers", num_threads="2", ramp_time="2", scheduler="true", duration="10")
    made = imported(buyers, readers)
    said = " ".join(made.notes)
    assert "the weights (buyers 60 : readers 40) are of threads" in said
    assert "it is taken 3 times too often against it here" in said
    assert "buyers is over after 6 passes in JMeter; here 60 % of all passes are its, to the end" in said
    assert course(profile_of(made), 0, 2, 9) == [3, 5, 5]
    assert all(stage.for_s >= 1 for stage in profile_of(made).stages)


def test_the_mix_of_groups_that_all_count_their_loops_is_the_plans() -> None:
    made = imported(group(A, name="a", loops="2"), group(A, name="b", loops="6"))
    assert "@journey(weight=3)" in made.source
    assert not any("weights" in note for note in made.notes)


def test_stages_name_no_journeys_where_the_mix_is_always_the_same() -> None:
    groups = (
        group(A, name=name, num_threads="10", scheduler="true", duration="60", ramp_time="30") for name in ("a", "b")
    )
    assert "journeys" not in imported(*groups).profile.text


def test_a_profile_that_names_journeys_is_read_by_plimsoll() -> None:
    first = "rate(1/s) random_arrivals(10 s) pause(5 s) random_arrivals(10 s)"
    second = "pause(12 s) rate(2/s) even_arrivals(20 s) rate(4/s)"
    groups = (threads("OpenModelThreadGroup", **{"OpenModelThreadGroup.schedule": text}) for text in (first, second))
    made = imported(*groups)
    settings = parse_settings(made.profile.text)
    assert settings.profile("plan").executor == "ramping-rate"
    (table,) = tomllib.loads(made.profile.text)["profiles"].values()
    assert set(table["stages"][0]["journeys"]) == {"g"}
    assert {name for stage in table["stages"] for name in stage["journeys"]} == {"g", "g_2"}


@pytest.mark.parametrize(
    ("text", "at", "levels"),
    [
        ("rate(1/sec) random_arrivals(10 s) rate(1/sec)", (0, 9), [1, 1]),
        ("rate(0) even_arrivals(10 sec) rate(60/min)", (0, 5, 9.9), [0, 0.5, 0.99]),
        ("rate(2/s) random_arrivals(10 s) pause(5 s) random_arrivals(10 s)", (1, 11, 16), [2, 0, 2]),
        (
            "rate(1/s)\n// up\nrandom_arrivals(10 s) rate(3/s) /* and on */ random_arrivals(1 min)",
            (5, 10.5, 60),
            [2, 3, 3],
        ),
        ("rate(3600/hour) even_arrivals(1 min)", (1,), [1]),
    ],
)
def test_the_open_models_schedule_is_a_rate_over_time(text: str, at: tuple[float, ...], levels: list[float]) -> None:
    made = profile(threads("OpenModelThreadGroup", **{"OpenModelThreadGroup.schedule": text}))
    assert course(made, *at) == pytest.approx(levels, abs=0.02)


def test_even_arrivals_stay_even() -> None:
    def arrivals(text: str) -> str:
        return profile(threads("OpenModelThreadGroup", **{"OpenModelThreadGroup.schedule": text})).arrivals

    assert arrivals("rate(1/s) even_arrivals(10 s)") == "even"
    assert arrivals("rate(1/s) even_arrivals(10 s) random_arrivals(10 s)") == "poisson"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rate(1/s)",
        "rate(x/s) random_arrivals(1 s)",
        "rate(1/s) wild_arrivals(1 s)",
        "pause(5 s)",
        "rate(1/eon) random_arrivals(1 s)",
    ],
)
def test_a_schedule_that_is_not_understood_is_said_and_one_user_put(text: str) -> None:
    assert read_schedule(text) is None
    made = imported(threads("OpenModelThreadGroup", **{"OpenModelThreadGroup.schedule": text}))
    assert "not understood: one user was put" in outcome(made, "OpenModelThreadGroup").why
    assert profile_of(made).peak_level == 1


def test_the_groups_of_plugins_are_understood() -> None:
    rows = [["10", "0", "5", "20", "5"], ["20", "10", "0", "10", "0"]]
    ultimate = profile(threads("kg.apc.jmeter.threads.UltimateThreadGroup", ultimatethreadgroupdata=rows))
    assert course(ultimate, 2.5, 6, 15, 21) == [5, 10, 30, 10]
    concurrency = {"TargetLevel": "10", "RampUp": "20", "Steps": "2", "Hold": "30", "Unit": "S"}
    assert course(profile(threads("ConcurrencyThreadGroup", **concurrency)), 1, 11, 21, 49) == [5, 10, 10, 10]
    arrivals = {"TargetLevel": "60", "RampUp": "", "Steps": "", "Hold": "1", "Unit": "M"}
    assert course(profile(threads("ArrivalsThreadGroup", **arrivals)), 1, 59) == [1, 1]
    stepping = {
        "ThreadGroup.num_threads": "20", "Threads initial delay": "0", "Start users count": "10",
        "Start users count burst": "0", "Start users period": "30", "flighttime": "60", "rampUp": "5",
    }  # fmt: skip
    assert course(profile(threads("SteppingThreadGroup", **stepping)), 5, 30, 40, 99) == [10, 10, 20, 20]


def test_a_throughput_timer_is_a_rate_of_journeys() -> None:
    per_minute = element("ConstantThroughputTimer", "t", properties={"throughput": "120.0", "calcMode": "1"})
    made = imported(group(A, http("b"), per_minute, num_threads="5", scheduler="true", duration="30"))
    assert (profile_of(made).executor, profile_of(made).peak_level, profile_of(made).max_users) == (
        "constant-rate",
        1,
        5,
    )
    assert "1 journeys a second of 2 steps each" in outcome(made, "ConstantThroughputTimer").why


def test_a_shaping_timer_is_a_rate_over_time() -> None:
    rows = {"load_profile": [["2", "10", "20"], ["10", "10", "30"]]}
    shaped = element("kg.apc.jmeter.timers.VariableThroughputTimer", "t", properties=rows)
    made = profile(group(A, http("b"), shaped, num_threads="5"))
    assert made.executor == "ramping-rate"
    assert made.duration_s == pytest.approx(50, abs=0.1)
    assert course(made, 0, 10, 30) == pytest.approx([1, 3, 5], abs=0.02)


def test_a_timer_whose_rate_is_not_known_leaves_the_users() -> None:
    timer = element("ConstantThroughputTimer", "t", properties={"throughput": "${__groovy(1)}"})
    made = imported(group(A, timer, num_threads="5"))
    assert profile_of(made).executor == "constant-users"
    assert outcome(made, "ConstantThroughputTimer").why == "its rate is known to JMeter alone"


def test_a_group_that_nobody_knows_still_has_its_journey() -> None:
    made = imported(threads("com.example.WildThreadGroup"))
    assert 'user.http("a"' in made.source
    assert "not understood: one user was put" in outcome(made, "WildThreadGroup").why


def test_courses_add_up_at_every_point_of_each() -> None:
    assert added([((0, 1), (10, 1)), ((5, 0), (10, 10))]) == ((0, 0), (0, 1), (5, 1), (10, 11), (10, 0))


def test_a_slope_that_begins_with_a_jump_is_held_there_first() -> None:
    made = stages([(0, 2), (10, 4)], whole=False)
    assert [(stage.level, stage.ramp_s > 0) for stage in made] == [(2, False), (4, True)]
    assert [stage.for_s for stage in made] == [0.01, 9.99]
    assert [stage.for_s for stage in stages([(0, 2), (10, 4)], whole=True)] == [1, 9]
