"""Many cases one after another, and their table. Runs are kept by case, so that changed rules can be tried on them."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks._tables import table
from plimsoll.core.errors import PlimsollError
from plimsoll.runs.directory import list_runs
from plimsoll.workflows.analyzing.run_analysis import analyze_run
from tests.prove.faults.cases import INTENSITIES, Case
from tests.prove.faults.ground import Ground
from tests.prove.faults.playing import Played, play
from tests.prove.faults.scoring import Score, share

HEADINGS = ("fault", "platform", "expected first", *INTENSITIES)
TOP1_MIN = 0.90
TOP3_MIN = 0.98


def played(cases: Iterable[Case], folder: Path) -> Iterator[Score]:
    """Plays them all."""
    with Ground() as ground:
        for case in cases:
            yield scored(case, ground, folder)


def scored(case: Case, ground: Ground, folder: Path) -> Score:
    """Plays one; that it could not be played counts as a wrong diagnosis.

    A run that is invalid because its generator was late is made once more, as its user is told to.
    """
    score = _played(case, ground, folder)
    return _played(case, ground, folder) if score.late else score


def _played(case: Case, ground: Ground, folder: Path) -> Score:
    place = place_of(case, folder)
    shutil.rmtree(place, ignore_errors=True)
    try:
        return Score.of(play(case, ground, place))
    except PlimsollError as error:
        return Score.failed(case, str(error))


def again(cases: Iterable[Case], folder: Path) -> Iterator[Score]:
    """Of those that were played, their runs analyzed anew."""
    for case in cases:
        place = place_of(case, folder)
        for run in list_runs(place)[:1]:
            yield Score.of(Played(case, analyze_run(place, run.run_id), run.path))


def place_of(case: Case, folder: Path) -> Path:
    return folder / case.name.replace("/", "-")


def table_of(scores: Sequence[Score]) -> list[str]:
    """A line for each fault on a platform; what was first where that was wrong."""
    rows: dict[tuple[str, str], list[str]] = {}
    for score in scores:
        case = score.case
        row = rows.setdefault((case.fault, case.platform), [case.fault, case.platform, _expected(case), "", "", ""])
        row[3 + INTENSITIES.index(case.intensity)] = _cell(score)
    return table(HEADINGS, list(rows.values()))


def summary_of(scores: Sequence[Score]) -> list[str]:
    faulty = [score for score in scores if not score.case.healthy and not score.case.unseen]
    sets = {
        "all faults": faulty,
        "those that rules were tuned on": [one for one in faulty if not one.case.held_back],
        "those held back": [one for one in faulty if one.case.held_back],
    }
    rows = [
        [name, str(len(found)), _percent(one.top1 for one in found), _percent(one.top3 for one in found),
         str(sum(one.unknown for one in found))]
        for name, found in sets.items()
    ]  # fmt: skip
    unseen = [score for score in scores if score.case.unseen]
    healthy = [score for score in scores if score.case.healthy]
    for name, found, said in (
        ("what nothing that is watched can tell", unseen, f"{sum(one.top1 for one in unseen)} said to be unknown"),
        ("healthy ones", healthy, f"{sum(bool(one.alarms) for one in healthy)} with an alarm"),
    ):
        rows.append([name, str(len(found)), said, "", str(sum(one.unknown for one in found))])
    return table(("cases", "how many", "first is right", "among the first three", "unknown or invalid"), rows)


def _expected(case: Case) -> str:
    return " or ".join(case.expected) or "nothing"


def _cell(score: Score) -> str:
    if score.top1:
        return "right"
    found = ", ".join(score.alarms if score.case.healthy else score.found) or score.verdict
    return f"third at most: {found}" if score.top3 else f"**{found}**"


def _percent(right: Iterable[bool]) -> str:
    return f"{share(right):.1%}"
