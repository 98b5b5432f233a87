"""What the commands that compare have in common: reading their options, saying a comparison, its exit code."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from typer.core import TyperCommand

from plimsoll.cli.exits import INVALID, MISSED, OK, REFUSED, say_error
from plimsoll.core.errors import PlimsollError, UsageError

if TYPE_CHECKING:
    from plimsoll.analyze.comparing.comparing import Question
    from plimsoll.core.comparison import Comparison
    from plimsoll.core.summary import Summary
    from plimsoll.settings.settings import Settings
    from plimsoll.workflows.run import RunRequest

BARE: Final = "--baseline"
DEFAULT: Final = "default"
OWN: Final = {
    REFUSED: "a run was refused, and only those that were made are compared",
    MISSED: "a run missed its goals or was aborted",
    INVALID: "a run is invalid",
}
CODES: Final = {"better": OK, "no difference shown": OK, "worse": MISSED, "cannot tell": INVALID}


def question_of(metric: str | None, floor: str, changed: Sequence[str] = (), *, force: bool = False) -> "Question":
    """What the options ask. Raises UsageError."""
    from plimsoll.analyze.comparing.comparability import ASPECTS
    from plimsoll.analyze.comparing.comparing import Question
    from plimsoll.analyze.comparing.metrics import read_metric

    aspects = [aspect.strip() for text in changed for aspect in text.split(",") if aspect.strip()]
    wrong = next((aspect for aspect in aspects if aspect not in ASPECTS), None)
    if wrong is not None:
        raise UsageError(
            f"wrong --changed: {wrong!r}", why=f"there are {', '.join(ASPECTS)}", remedy="--changed settings"
        )
    return Question(None if metric is None else read_metric(metric), floor_of(floor), tuple(aspects), force)


def floor_of(text: str) -> float:
    """A share of "5%" or "0.05". Raises UsageError."""
    number = text.strip().removesuffix("%")
    try:
        value = float(number) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        value = -1.0
    if 1 < value < math.inf:
        raise UsageError(
            f"wrong --floor: {text!r}",
            why=f"it means {value * 100:,.0f} %, and 100 % is the most",
            remedy="--floor 5%" if text.strip().endswith("%") else f"--floor {text.strip()}%",
        )
    if not 0 <= value <= 1:
        raise UsageError(
            f"wrong --floor: {text!r}", why="it is the least change that counts, from 0 to 100 %", remedy="--floor 5%"
        )
    return value


def say_comparison(comparison: "Comparison", *, as_json: bool, html: Path | None = None) -> int:
    """Prints it, writes the page where one is asked for; gives the exit code."""
    if html is not None:
        from plimsoll.workflows.comparing.page import write_page

        write_page(html, comparison)
    if as_json:
        print(json.dumps(comparison.to_json()))
    else:
        show_comparison(comparison)
    return CODES[comparison.verdict]


def show_comparison(comparison: "Comparison | None") -> None:
    if comparison is None:
        return
    from plimsoll.cli.printing import print_view
    from plimsoll.report.comparison.terminal import comparison_view

    print_view(comparison_view(comparison))


@dataclass(frozen=True, slots=True)
class ComparingOptions:
    """What `plimsoll run` was given of --baseline, --interleave, --metric and --floor."""

    baseline: str | None = None
    interleave: Path | None = None
    metric: str | None = None
    floor: str = "5%"

    def check(self, matrix: Sequence[str]) -> None:
        """Raises UsageError for what could not be compared at the end of a long run."""
        self.question()
        asked = "--baseline" if self.baseline else "--interleave" if self.interleave else None
        if asked is None and self.metric is not None:
            raise UsageError("--metric needs --baseline or --interleave", remedy="--baseline default")
        if self.baseline and self.interleave:
            raise UsageError("--baseline and --interleave contradict each other", remedy="leave one of them out")
        if asked and matrix:
            raise UsageError(
                f"{asked} and --matrix contradict each other",
                why="a matrix has many cells",
                remedy=("compare cells afterwards: plimsoll compare SERIES:users=10 SERIES:users=50"),
            )

    def check_baseline(self, request: "RunRequest") -> None:
        """Raises UsageError where there is nothing to compare with."""
        from plimsoll.runs.baselines import check_baseline

        if self.baseline:
            check_baseline(request.runs_root, request.scenario.stem, request.profile.name, self.baseline)

    def sides(self, settings: "Settings", env: str | None) -> "dict[str, tuple[Settings, str | None]]":
        """Settings and environment of A and B; of A alone where nothing is interleaved. Raises UsageError."""
        if self.interleave is None:
            return {"A": (settings, env)}
        from plimsoll.settings.loading import load_settings
        from plimsoll.workflows.comparing.interleaving import environment_of

        over = load_settings(self.interleave)
        return {"A": (settings, env), "B": (settings.overlaid(over), environment_of(over, env))}

    def question(self) -> "Question":
        from plimsoll.workflows.comparing.interleaving import CHANGED

        return question_of(self.metric, self.floor, CHANGED if self.interleave else ())

    def compare(self, runs: Path, made: "Sequence[Summary]") -> "Comparison | None":
        """What comes at the end, None where nothing was asked or it could not be made, which is said."""
        from plimsoll.workflows.comparing.run_comparison import compare_interleaved, compare_with_baseline

        if not made or not (self.baseline or self.interleave):
            return None
        try:
            if self.baseline:
                return compare_with_baseline(runs, [run.run_id for run in made], self.baseline, self.question())
            return compare_interleaved(runs, [run.run_id for run in made], self.question())
        except PlimsollError as error:
            say_error(error)
            return None

    def keep(self, directory: Path, comparison: "Comparison | None", *, quiet: bool) -> list[str]:
        """Writes the comparison of two configurations beside their series; gives what could not be written."""
        from plimsoll.workflows.comparing.page import keep_comparison

        if comparison is None or self.interleave is None:
            return []
        page, problems = keep_comparison(directory, comparison)
        if page is not None and not quiet:
            print(f"page: {page}")
        return problems

    def to_json(self, comparison: "Comparison | None") -> dict[str, Any]:
        """The key that is added where a comparison was asked for."""
        if not (self.baseline or self.interleave):
            return {}
        return {"comparison": None if comparison is None else comparison.to_json()}

    def code(self, comparison: "Comparison | None", own: int) -> int:
        """The worse of the runs' own exit code and the comparison's; where there should be one, none cannot tell."""
        if not (self.baseline or self.interleave) or own not in (OK, MISSED, INVALID):
            return own
        code = INVALID if comparison is None else CODES[comparison.verdict]
        return next((one for one in (INVALID, MISSED) if one in (own, code)), own)

    def why_code(self, comparison: "Comparison | None", own: int) -> str:
        """Where the runs' own exit code stands beside a verdict that has another: which of both it is. Else ""."""
        code = self.code(comparison, own)
        if comparison is None or code != own or CODES[comparison.verdict] == code or own not in OWN:
            return ""
        alone = CODES[comparison.verdict]
        return f"exit code {code}: {OWN[own]}; the comparison alone ({comparison.verdict}) would give {alone}"


NO_COMPARISON: Final = ComparingOptions()


class RunCommand(TyperCommand):
    """`--baseline` needs no name: without one, at the end or before another option, it means the one called default."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, named_baseline(args))


def named_baseline(words: Sequence[str]) -> list[str]:
    """The command line with the name put in where it is missing."""
    following = (*words[1:], "-")[: len(words)]
    named = (
        (word, DEFAULT) if word == BARE and after.startswith("-") else (word,)
        for word, after in zip(words, following, strict=True)
    )
    return [word for pair in named for word in pair]
