"""The grammar of goals: what is read, and how a mistake is answered."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.core.goal_text import Goal, Metric, parse_goal, parse_scope


@pytest.mark.parametrize(
    ("text", "metric", "operator", "limit", "unit"),
    [
        ("p95<1s", Metric("latency", 0.95), "<", 1000, "ms"),
        ("p99.9 <= 250ms", Metric("latency", 0.999), "<=", 250, "ms"),
        ("p999<250ms", Metric("latency", 0.999), "<", 250, "ms"),
        ("p9999<1m", Metric("latency", 0.9999), "<", 60_000, "ms"),
        ("p99.99<1m", Metric("latency", 0.9999), "<", 60_000, "ms"),
        ("p5>10us", Metric("latency", 0.05), ">", 0.01, "ms"),
        ("mean<1.5ms", Metric("latency", "mean"), "<", 1.5, "ms"),
        ("max < 2s", Metric("latency", "max"), "<", 2000, "ms"),
        ("service p95<20ms", Metric("service", 0.95), "<", 20, "ms"),
        ("wait p99 < 5ms", Metric("wait", 0.99), "<", 5, "ms"),
        ("lag max<1ms", Metric("lag", "max"), "<", 1, "ms"),
        ("errors<1%", Metric("errors"), "<", 1, "%"),
        ("errors <= 0", Metric("errors"), "<=", 0, "count"),
        ("dropped<0.1 %", Metric("dropped"), "<", 0.1, "%"),
        ("rate>100/s", Metric("rate"), ">", 100, "/s"),
        ("journeys>=50 /s", Metric("journeys"), ">=", 50, "/s"),
    ],
)
def test_goals_are_read(text: str, metric: Metric, operator: str, limit: float, unit: str) -> None:
    goal = parse_goal(text)
    assert (goal.metric, goal.operator, goal.unit, goal.scope, goal.window_s) == (metric, operator, unit, "total", None)
    assert goal.limit == pytest.approx(limit)


def test_a_window_is_read() -> None:
    assert parse_goal("errors>50% for 10s").window_s == 10
    assert parse_goal("p95 < 1s  for  1m30s ").window_s == 90
    assert parse_goal("p95 < 1s  for  1m30s ").expression == "p95 < 1s for 1m30s"


def test_a_scope_stands_before_the_last_colon_or_apart() -> None:
    assert parse_goal("step:look up account: p99<50ms").scope == "step:look up account"
    assert parse_goal("step: GET /a:b :p99<50ms").scope == "step:GET /a:b"
    assert parse_goal("journey:workflow:rate>5/s").scope == "journey:workflow"
    assert parse_goal("total: p99<50ms").scope == "total"
    assert parse_goal("p99<50ms", "step:look up") == parse_goal("step:look up: p99<50ms")


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("p95<1sec", 'character 6, "sec"', 'write "p95<1s"'),
        ("p95<500", "character 8", 'write "p95<500ms"'),
        ("p95<1h", 'character 6, "h"', ""),
        ("p95<", "character 5", ""),
        ("p95", "character 4", 'write for example "p95<500ms"'),
        ("", "character 1", 'write for example "p95<500ms"'),
        ("<1s", "character 1", ""),
        ("avg<1s", 'character 1, "avg"', 'write "mean<1s"'),
        ("p95 latency < 1s", 'character 1, "p95 latency"', 'write "p95 < 1s"'),
        ("latency p95 < 1s", 'character 1, "latency p95"', 'write "p95 < 1s"'),
        ("serivce p95<1s", 'character 1, "serivce p95"', ""),
        ("service errors<1%", 'character 1, "service errors"', 'write "errors<1%"'),
        ("eror<1%", 'character 1, "eror"', 'write "errors<1%"'),
        ("rps>100/s", 'character 1, "rps"', 'write "rate>100/s"'),
        ("p0<1s", 'character 1, "p0"', 'write "p90<1s"'),
        ("p100<1s", 'character 1, "p100"', 'write "max<1s"'),
        ("p101<5ms", 'character 1, "p101"', 'write "p'),
        ("p1000<5s", 'character 1, "p1000"', 'write "p'),
        ("errors<0.01", 'character 8, "0.01"', 'write "errors<1%"'),
        ("dropped<=1.5", 'character 10, "1.5"', 'write "dropped<=1.5%"'),
        ("rate>100", "character 9", 'write "rate>100/s"'),
        ("rate>100/m", 'character 9, "/m"', 'write "rate>100/s"'),
        ("errors<1ms", 'character 9, "ms"', 'write "errors<1%"'),
        ("errors<150%", 'character 8, "150"', ""),
        ("errors=1%", 'character 7, "="', 'write "errors<=1%"'),
        ("rate=>1/s", 'character 5, "=>"', 'write "rate>=1/s"'),
        ("p95<-1s", 'character 5, "-1s"', ""),
        ("p95<1s within 10s", 'character 8, "within 10s"', ""),
        ("p95<1s for", 'character 8, "for"', ""),
        ("p95<1s for 200ms", 'character 8, "for 200ms"', 'write "p95<1s for 1s"'),
        ("step:a b: p95<1sec", 'character 16, "sec"', 'write "step:a b: p95<1s"'),
        ("step:a b: lag p95<1s", 'character 11, "lag p95"', "another scope"),
        ("step:a b: dropped<1%", 'character 11, "dropped"', "another scope"),
        ("journey:a: service p95<1s", 'character 12, "service p95"', "another scope"),
    ],
)
def test_a_mistake_is_shown_where_it_is_with_the_nearest_right_text(text: str, place: str, remedy: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_goal(text)
    assert f'"{text}"' in refused.value.what
    assert refused.value.where == place
    assert refused.value.why
    assert remedy in refused.value.remedy
    assert bool(remedy) == bool(refused.value.remedy)


def test_a_wrong_window_is_answered_by_the_reader_of_durations() -> None:
    with pytest.raises(UsageError) as refused:
        parse_goal("errors>50% for 10 secs", what="abort condition")
    assert refused.value.what == '"10 secs" is not a window of the abort condition "errors>50% for 10 secs"'
    assert refused.value.remedy == 'write "10s"'


@pytest.mark.parametrize(
    ("scope", "remedy"),
    [
        ("stp:look up", "step:look up"),
        ("step:", "step:NAME"),
        ("Total", "total"),
        ("total:x", "total"),
        ("a", "step:NAME"),
    ],
)
def test_a_wrong_scope_is_answered_with_the_nearest_right_one(scope: str, remedy: str) -> None:
    for read in (
        lambda: parse_scope(scope),
        lambda: parse_goal("p95<1s", scope),
        lambda: parse_goal(f"{scope}:p95<1s"),
    ):
        with pytest.raises(UsageError) as refused:
            read()
        assert refused.value.remedy == f'write "{remedy}"'


def test_two_scopes_are_refused() -> None:
    with pytest.raises(UsageError, match="two scopes"):
        parse_goal("step:a: p95<1s", "journey:b")


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
metrics = st.one_of(
    st.tuples(st.sampled_from(["p50", "p99.9", "mean", "max"]), st.sampled_from(["us", "ms", "s", "m"])),
    st.tuples(st.just("errors"), st.sampled_from(["", "%"])),
    st.tuples(st.just("rate"), st.just("/s")),
)


@given(
    st.sampled_from(["step", "journey"]), names, metrics, st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 100)
)
def test_every_sentence_of_the_grammar_is_read(
    kind: str, name: str, metric: tuple[str, str], operator: str, number: int
) -> None:
    goal = parse_goal(f"{kind}:{name}: {metric[0]} {operator} {number}{metric[1]} for 5s")
    assert isinstance(goal, Goal)
    assert (goal.scope, goal.operator, goal.window_s) == (f"{kind}:{name}", operator, 5)


@given(st.text(st.sampled_from("p95<>=1 0.%/smuforerrorsratelagwait:step"), max_size=30))
def test_any_other_text_is_refused_politely(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse_goal(text).expression


def test_goals_joined_by_a_comma_are_told_apart() -> None:
    with pytest.raises(UsageError) as error:
        parse_goal("p95<500ms,errors<1%", what="--goal")
    assert error.value.remedy == "say --goal 'p95<500ms' --goal 'errors<1%'"
