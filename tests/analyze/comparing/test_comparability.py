"""What is not comparable is refused in words, unless it was meant or forced."""

from typing import Any

import pytest

from plimsoll.analyze.comparing.comparability import remarks
from plimsoll.analyze.comparing.comparing import Question
from plimsoll.analyze.comparing.runs import Group
from plimsoll.core.summary import StepSummary
from tests.analyze.comparing.made_runs import a_run, compared, drawn, group
from tests.report.builders import NO_SPREAD, facts

PROFILE = facts().profile
RAISED = {**PROFILE, "stages": [{"level": 200.0, "for_s": 40.0, "ramp_s": 0.0}]}
SMALL, LARGE = {"public.a": 10_000}, {"public.a": 12_000}
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("scenario", "scenario: a.py in A, b.py in B", {"scenario": "a.py"}, {"scenario": "b.py"}),
    ("profile", "profile: stages 100/s for 40 s then 300/s for 55 s, ramp 10 s then 200/s for 20 s in A, 200/s for",
     {}, {"profile": RAISED}),
    ("connections", "connections: per-user in A, pool of 4", {}, {"connections": "pool of 4 in each process"}),
    ("machine", "one machine with 2 CPUs, 4 processes", {}, {"processes": 4}),
    ("machine", "8 CPUs", {}, {"machine": {"cpus": "8", "system": "Linux 6.1"}}),
    ("server", "PostgreSQL: 16.2 in A, 18.1 in B", {"server": {"server_version": "16.2"}},
     {"server": {"server_version": "18.1 (Debian)"}}),
    ("settings", "work_mem 4MB in A, 64MB in B", {"settings": {"work_mem": "4MB"}}, {"settings": {"work_mem": "64MB"}}),
    ("data", "the database: 100 MiB in A, 120 MiB in B", {"data_bytes": 100 << 20}, {"data_bytes": 120 << 20}),
    ("data", "rows of public.a: 10,000 in A, 12,000 in B", {"table_rows": SMALL}, {"table_rows": LARGE}),
]  # fmt: skip


@pytest.mark.parametrize(("aspect", "said", "a", "b"), CASES, ids=[f"{case[0]}-{at}" for at, case in enumerate(CASES)])
def test_what_differs_is_refused_in_words_unless_it_was_meant(
    aspect: str, said: str, a: dict[str, Any], b: dict[str, Any]
) -> None:
    sides = group("a", *drawn(1, 5), **a), group("b", *drawn(2, 5), **b)
    found = compared(*sides)
    assert found.verdict == "cannot tell"
    assert found.primary is None
    (reason,) = found.not_comparable
    assert said in reason
    assert found.aspects == [aspect]

    meant = compared(*sides, Question(changed=[aspect]))
    assert meant.verdict == "no difference shown"
    assert f"changed on purpose: {reason}" in meant.warnings
    forced = compared(*sides, Question(force=True))
    assert forced.verdict == "no difference shown"
    assert f"compared in spite of it: {reason}" in forced.warnings


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({"data_bytes": 100 << 20}, {"data_bytes": 105 << 20}),
        ({"table_rows": {"public.a": 10}}, {"table_rows": {"public.a": 500}}),
        ({"settings": {"log_statement": "all"}}, {"settings": {"log_statement": "none"}}),
        ({"profile_name": "x"}, {"profile_name": "y"}),
    ],
)
def test_what_moves_no_figure_is_not_refused(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert not compared(group("a", *drawn(1, 5), **a), group("b", *drawn(2, 5), **b)).not_comparable


def test_steps_that_one_side_never_made_are_refused_rare_ones_are_not() -> None:
    def with_step(name: str, count: int) -> Group:
        spread = NO_SPREAD
        steps = [
            StepSummary(step, "visit", "sql", many, 0, 1.0, spread, spread, {})
            for step, many in (("look up", 1_000), (name, count))
        ]
        return Group(name, [a_run(f"{name}{at}", p95, steps=steps) for at, p95 in enumerate(drawn(1, 4))])

    (first, second) = compared(with_step("old", 500), with_step("new", 500)).not_comparable
    assert first == "steps that B never made, but A did: old of visit"
    assert second == "steps that A never made, but B did: new of visit"
    assert not compared(with_step("old", 4), with_step("new", 4)).not_comparable


def test_another_target_or_seed_is_told_and_a_embedded_servers_port_is_not() -> None:
    def on(target: str, seed: int) -> Group:
        return group(f"{target}{seed}", *drawn(1, 4), target=target, seed=seed)

    found = compared(on("postgresql://a@db1/x", 1), on("postgresql://a@db2/x", 2))
    assert any("db1" in text and "db2" in text for text in found.warnings)
    assert any("seed" in text for text in found.warnings)
    ports = compared(on("http://127.0.0.1:9701", 1), on("http://127.0.0.1:9711", 1))
    assert "target: http://127.0.0.1:9701 in A, http://127.0.0.1:9711 in B" in ports.warnings
    own = "postgresql://plimsoll:****@127.0.0.1"
    alike = compared(on(f"{own}:45001/x", 1), on(f"{own}:32768/x", 1))
    assert not any("target" in text for text in alike.warnings)


@pytest.mark.parametrize("stopped_by", ["interrupted", "killed", "aborted: errors>50% for 10s"])
def test_a_run_that_did_not_come_to_its_end_is_refused(stopped_by: str) -> None:
    found = compared(group("a", 10.0), group("b", 10.0, stopped_by=stopped_by), seconds=([], []))
    assert found.not_comparable == [f"b0 did not come to its end ({stopped_by})"]


def test_a_change_of_the_scenarios_file_is_told_and_what_is_unknown_is_not() -> None:
    def holding(digest: str) -> Group:
        return group(digest, *drawn(1, 4), scenario_digest=digest)

    assert any("file holds: aa in A, bb in B" in text for text in compared(holding("aa"), holding("bb")).warnings)
    assert not any("file" in text for text in compared(holding("aa"), holding("")).warnings)


def test_other_limits_of_workers_are_told() -> None:
    few, many = (group(name, 10.0, workers=f"1 to {most} workers by hybrid") for name, most in (("a", 2), ("b", 8)))
    assert "workers: 1 to 2 workers by hybrid in A, 1 to 8 workers by hybrid in B" in list(remarks(few, many))


def test_groups_that_were_not_made_in_turns_are_warned_of() -> None:
    def at(name: str, *minutes: int) -> Group:
        times = [f"2026-02-14T10:{minute:02}:00+00:00" for minute in minutes]
        return Group(name, [a_run(f"{name}{time}", started_at=time) for time in times])

    said = "all runs of one side were made before those of the other"
    assert any(said in text for text in compared(at("a", 1, 2, 3, 4), at("b", 5, 6, 7, 8)).warnings)
    assert not any(said in text for text in compared(at("a", 1, 4, 5, 8), at("b", 2, 3, 6, 7)).warnings)
