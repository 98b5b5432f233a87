"""Many cases one after another on one server, and their tables."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks._tables import table
from plimsoll.core.errors import PlimsollError
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import throwaway_server
from tests.prove.tuning.cases import Case
from tests.prove.tuning.played import Played
from tests.prove.tuning.playing import play
from tests.prove.tuning.scoring import Score, share

RIGHT_MIN = 0.95
HEADINGS = ("case", "right is", "advised", "time left", "verdict")


def played(cases: Iterable[Case]) -> Iterator[Score]:
    """Plays them all."""
    with throwaway_server() as server, tempfile.TemporaryDirectory(prefix="plimsoll-tuning-") as place:
        for case in cases:
            yield scored(case, server, Path(place))


def scored(case: Case, server: PostgresServer, place: Path) -> Score:
    """Plays one; that it could not be played counts as wrong. What is wrong is looked at twice: a machine that is busy
    with other work makes a measurement unclear, and the product then rather advises nothing."""
    first = _scored(case, server, place / "first" / case.name.replace("/", "-"))
    if first.right or first.harmful:
        return first
    return replace(_scored(case, server, place / "again" / case.name.replace("/", "-")), again=True)


def _scored(case: Case, server: PostgresServer, place: Path) -> Score:
    try:
        return Score.of(play(case, server, place))
    except PlimsollError as error:
        return Score.failed(case, str(error))


def shown(cases: Iterable[Case]) -> Iterator[Played]:
    """Each with all that it came to."""
    with throwaway_server() as server, tempfile.TemporaryDirectory(prefix="plimsoll-tuning-") as place:
        for case in cases:
            yield play(case, server, Path(place) / case.name.replace("/", "-"))


def table_of(scores: Sequence[Score]) -> list[str]:
    return table(HEADINGS, [_row(score) for score in scores])


def _row(score: Score) -> list[str]:
    verdict = "right" if score.right else "**harmful**" if score.harmful else "**wrong**"
    left = f"{score.left:.0%}" if score.advised else ""
    return [score.case.name, expected(score.case), _code(score.advised), left, verdict]


def summary_of(scores: Sequence[Score]) -> list[str]:
    """By group, and all."""
    groups = dict.fromkeys(score.case.group for score in scores)
    rows = [_summed(name, [one for one in scores if one.case.group == name]) for name in groups]
    headings = ("cases", "how many", "right", "right at the second try only", "harmful")
    return table(headings, [*rows, _summed("all", scores)])


def _summed(name: str, scores: Sequence[Score]) -> list[str]:
    right = share(score.right for score in scores)
    second, harmful = (score.right and score.again for score in scores), (bool(score.harmful) for score in scores)
    return [name, str(len(scores)), f"{right:.1%}", str(sum(second)), str(sum(harmful))]


def expected(case: Case) -> str:
    """The first of the answers that are right, in short."""
    indexes = sorted(one.definition for one in case.accepted[0]) if case.accepted else []
    drops = [f"drop {name}" for name in sorted(case.drops[0])] if case.drops else []
    return _code([*indexes, *drops, *sorted(case.beyond)]) or "nothing"


def _code(what: Sequence[str]) -> str:
    return "<br>".join(f"`{_short(one)}`" for one in what)


def _short(definition: str) -> str:
    text = definition.removeprefix("ON ").replace(" USING btree", "").replace('"public".', "").replace('"', "")
    return text.replace("|", "\\|")
