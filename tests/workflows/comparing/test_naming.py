"""What is named is found: runs, several, a series, a cell of one, a baseline."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plimsoll.analyze.comparing.comparing import Question
from plimsoll.core.errors import PlimsollError, RefusedError, RunDirectoryError, UsageError
from plimsoll.runs.directory import RunDirectory, find_run
from plimsoll.workflows.comparing.baselines import set_baseline
from plimsoll.workflows.comparing.naming import name_runs, name_sides
from plimsoll.workflows.comparing.run_comparison import compare_named
from plimsoll.workflows.comparing.trending import trend
from tests.report.builders import facts
from tests.workflows.comparing.made_directories import a_directory


def series(root: Path, name: str, at: int, **cells: Any) -> dict[str, list[str]]:
    """Four runs of each value of one axis, in turns."""
    ((axis, values),) = cells.items()
    return {
        str(value): [
            a_directory(root, at + 10 * turn + place, 10.0 + turn + place,
                        series={"series_id": name, "cell": {axis: value}, "repeat": turn})
            for turn in range(4)
        ]
        for place, value in enumerate(values)
    }  # fmt: skip


def ids(runs: Any) -> list[str]:
    return [run.run_id for run in runs.runs]


def test_runs_are_named_alone_together_and_as_the_latest(tmp_path: Path) -> None:
    made = [a_directory(tmp_path, at) for at in range(3)]
    assert ids(name_runs(tmp_path, made[0])) == made[:1]
    assert ids(name_runs(tmp_path, f"{made[0]}, {made[1]},{made[0]}")) == made[:2]
    assert ids(name_runs(tmp_path, "latest")) == made[2:]
    with pytest.raises(UsageError, match="no run is named"):
        name_runs(tmp_path, " , ")
    with pytest.raises(RunDirectoryError, match="cannot find run"):
        name_runs(tmp_path, f"{made[0]},nothing")


def test_what_is_no_run_is_told_for_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a b.jtl"
    file.touch()
    with pytest.raises(UsageError, match="files cannot be compared") as refused:
        name_sides(tmp_path, str(file), str(file))
    assert f"plimsoll analyze '{file}'" in refused.value.remedy
    for name, said in (("find-20260214-1", "a search for the load line"), ("series-x", "a series of several runs")):
        with pytest.raises(RunDirectoryError, match=said):
            find_run(tmp_path, name)


def test_a_cell_of_a_series_is_named_by_its_values(tmp_path: Path) -> None:
    cells = series(tmp_path, "series-x", 0, users=(10, 50))
    assert ids(name_runs(tmp_path, "series-x:users=50")) == cells["50"]
    with pytest.raises(UsageError, match="users=10; users=50"):
        name_runs(tmp_path, "series-x")
    with pytest.raises(UsageError, match="which cell"):
        name_runs(tmp_path, "series-x:users=7")
    with pytest.raises(RunDirectoryError, match="series-y"):
        name_runs(tmp_path, "series-y")


def test_a_series_of_two_configurations_is_both_sides(tmp_path: Path) -> None:
    cells = series(tmp_path, "series-x", 0, configuration=("A", "B"))
    a, b = name_sides(tmp_path, "series-x", None)
    assert (ids(a), ids(b)) == (cells["A"], cells["B"])
    with pytest.raises(UsageError, match="compare what with what"):
        name_sides(tmp_path, cells["A"][0], None)


def test_a_baseline_is_that_of_what_it_is_compared_with(tmp_path: Path) -> None:
    first, second = a_directory(tmp_path / "runs", 0), a_directory(tmp_path / "runs", 1, profile_name="other")
    newest = a_directory(tmp_path / "runs", 2)
    for run in (first, second):
        set_baseline(tmp_path / "runs", run)
    a, b = name_sides(tmp_path / "runs", "baseline", newest)
    assert (ids(a), ids(b), a.said) == ([first], [newest], "baseline default")
    with pytest.raises(UsageError, match="both are baselines"):
        name_sides(tmp_path / "runs", "baseline", "baseline:x")
    with pytest.raises(UsageError, match="there is no baseline 'x'"):
        name_sides(tmp_path / "runs", "baseline:x", newest)


def test_a_baseline_whose_run_was_removed_says_so(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    first, newest = a_directory(root, 0), a_directory(root, 1)
    set_baseline(root, first)
    RunDirectory(root / first).discard()
    with pytest.raises(RunDirectoryError, match="baseline default is gone"):
        name_sides(root, "baseline", newest)


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"valid": False, "invalid_because": ("it was late",)}, RefusedError, "invalid: it was late"),
        ({"stopped_by": "interrupted"}, RefusedError, "did not come to its end"),
        ({"errors": 5_999}, RefusedError, "5,999 of 6,000 requests failed"),
        ({"profile_name": "other"}, UsageError, "2 kinds"),
    ],
)
def test_one_run_that_cannot_be_believed_keeps_all_from_being_a_baseline(
    tmp_path: Path, changes: dict[str, Any], error: type[PlimsollError], said: str
) -> None:
    root = tmp_path / "runs"
    good, bad = a_directory(root, 0), a_directory(root, 1, **changes)
    with pytest.raises(error, match=said):
        set_baseline(root, f"{good},{bad}")
    assert not (tmp_path / "baselines.json").exists()


def test_a_run_that_has_just_begun_is_no_baseline_yet(tmp_path: Path) -> None:
    begun = RunDirectory.create(tmp_path, datetime.now(UTC))
    begun.write_facts(facts(run_id=begun.run_id))
    with pytest.raises(RefusedError, match=r"did not come to its end \(running\)"):
        set_baseline(tmp_path, begun.run_id)
    begun.close()
    with pytest.raises(RefusedError, match=r"did not come to its end \(killed\)"):
        set_baseline(tmp_path, begun.run_id)


def test_a_run_elsewhere_is_no_baseline(tmp_path: Path) -> None:
    run = a_directory(tmp_path / "elsewhere", 0)
    with pytest.raises(UsageError, match="is not in"):
        set_baseline(tmp_path / "runs", str(tmp_path / "elsewhere" / run))


def test_named_runs_are_read_and_compared(tmp_path: Path) -> None:
    a = [a_directory(tmp_path, at, 10.0 + at / 10) for at in range(4)]
    b = [a_directory(tmp_path, 10 + at, 13.0 + at / 10) for at in range(4)]
    found = compare_named(tmp_path, ",".join(a), ",".join(b), Question())
    assert found.verdict == "worse"
    assert found.a.runs == a
    alone = compare_named(tmp_path, a[0], b[0], Question())
    assert alone.verdict == "cannot tell"  # without seconds to judge by


def test_a_history_is_that_of_the_newest_runs_scenario(tmp_path: Path) -> None:
    other = a_directory(tmp_path, 0, scenario="other")
    made = [a_directory(tmp_path, 1 + at, 10.0 if at < 10 else 14.0) for at in range(16)]
    (tmp_path / made[3] / "summary.json").write_text("{")
    found = trend(tmp_path, None, None, 0.05)
    assert [point.run_id for point in found.points] == made[:3] + made[4:]
    assert [change.run_id for change in found.changes] == [made[10]]
    (left_out,) = found.left_out
    assert left_out.run_id == made[3]
    assert "cannot read summary.json" in left_out.why
    assert trend(tmp_path, "other", None, 0.05).like == other
    with pytest.raises(UsageError, match="no runs of nothing"):
        trend(tmp_path, "nothing", None, 0.05)
