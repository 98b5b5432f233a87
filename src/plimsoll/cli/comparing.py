"""What the commands that compare have in common: reading their options, saying a comparison, its exit code."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plimsoll.cli.exits import INVALID, MISSED, OK
from plimsoll.core.errors import UsageError

if TYPE_CHECKING:
    from plimsoll.analyze.comparing.comparing import Question
    from plimsoll.core.comparison import Comparison

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
        from plimsoll.cli.printing import print_view
        from plimsoll.report.comparison.terminal import comparison_view

        print_view(comparison_view(comparison))
    return CODES[comparison.verdict]
