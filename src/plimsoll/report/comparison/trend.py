"""A trend as a terminal shows it: where the level changed, then a line and a bar for each run."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from plimsoll.core.trend import LevelChange, Trend
from plimsoll.report.comparison.words import size_words, value_words
from plimsoll.report.words import plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

ROWS_MAX: Final = 60
VALUES_MIN: Final = 9  # as `core.statistics.change_points` has it, which brings numpy along
BAR: Final = 40
STYLES: Final = {"better": "green", "worse": "bold red"}


def trend_view(trend: Trend) -> "RenderableType":
    """For a Rich console; without a terminal that console makes it plain text."""
    from rich.console import Group

    return Group(*(_line(text, style) for text, style in _lines(trend)))


def _lines(trend: Trend) -> Iterable[tuple[str, str]]:
    yield _sentence(trend), "bold"
    yield f"{trend.scenario} · {trend.environment} · {trend.profile} · like run {trend.like}", "dim"
    for change in trend.changes:
        yield _change_words(trend, change), STYLES[change.verdict]
        for said in change.meanwhile:
            yield f"  with it changed: {said}", "yellow"
    if trend.points:
        yield "", ""
        yield from _chart(trend)
    yield from _left_out(trend)


def _sentence(trend: Trend) -> str:
    runs = f"{len(trend.points)} run{'' if len(trend.points) == 1 else 's'}"
    count = len(trend.changes)
    if count:
        return f"{trend.metric} over {runs}: {count} change{'' if count == 1 else 's'} of level"
    if len(trend.points) < VALUES_MIN:
        return f"{trend.metric} over {runs}: too few to show a change of level, which takes {VALUES_MIN}"
    return f"{trend.metric} over {runs}: no change of level shown"


def _change_words(trend: Trend, change: LevelChange) -> str:
    before, after = (value_words(value, trend.unit) for value in (change.before, change.after))
    way = f"{size_words(abs(change.effect), trend.unit)} {'higher' if change.effect > 0 else 'lower'}"
    return f"{change.verdict} from {change.run_id} on: {before} to {after}, {way} (p {change.p:.3f})"


def _chart(trend: Trend) -> Iterable[tuple[str, str]]:
    shown = trend.points[-ROWS_MAX:]
    highest = max(point.value for point in shown) or 1.0
    changed = {change.run_id: change for change in trend.changes}
    if len(trend.points) > len(shown):
        yield f"the newest {len(shown)} of {len(trend.points)}; --json has all", "dim"
    for point in shown:
        change = changed.get(point.run_id)
        bar = "█" * max(1, round(BAR * point.value / highest)) if point.value else ""
        value = value_words(point.value, trend.unit)
        mark = f"  <- {change.verdict}" if change is not None else ""
        yield f"{point.run_id}  {value:>9}  {bar}{mark}", STYLES[change.verdict] if change is not None else ""


def _left_out(trend: Trend) -> Iterable[tuple[str, str]]:
    """Counted by their reason, which many share."""
    reasons = Counter(one.why for one in trend.left_out)
    if reasons:
        yield "", ""
    for why, count in reasons.most_common(10):
        example = next(one.run_id for one in trend.left_out if one.why == why)
        more = f" and {count - 1} more" if count > 1 else ""
        yield f"left out: {example}{more}: {why}", "dim"


def _line(text: str, style: str) -> "Text":
    from rich.text import Text

    return Text(plain(text, 500) if text else "", style=style, overflow="fold")
