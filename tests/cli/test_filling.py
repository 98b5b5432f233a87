"""What is said while tables are filled."""

from io import StringIO

import pytest
from rich.console import Console

from plimsoll.cli.filling import NAME_WIDTH, Position, Progress, left, percent, short


def test_a_long_name_keeps_its_end_and_a_short_one_all() -> None:
    assert short("posts") == "posts"
    long = short("accounting.monthly_consolidated_statements")
    assert (len(long), long[0], long[-12:]) == (NAME_WIDTH, "…", "d_statements")


@pytest.mark.parametrize(("share", "said"), [(0.0, "0 %"), (0.999, "99 %"), (1.0, "100 %")])
def test_a_share_is_100_only_when_all_is_done(share: float, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(
    ("elapsed_s", "share", "said"),
    [(0.2, 0.5, ""), (10, 0.0, ""), (10, 1.0, ""), (10, 0.5, "10 s left"), (60, 0.01, "1 h 39 min left")],
)
def test_time_left_is_said_where_it_can_be_known(elapsed_s: float, share: float, said: str) -> None:
    assert left(elapsed_s, share) == said


def test_a_line_says_where_a_fill_is() -> None:
    at = Position("posts", 4_000_000, {"people": 500_000, "posts": 500_000})
    assert at.line(20) == "25 %: posts, 1,000,000 of 4,000,000 rows, 1 min left"


def test_a_table_that_is_begun_anew_counts_once() -> None:
    at = Position("posts", 100, {"posts": 60})
    at.by_table["posts"] = 20
    assert at.done == 20


def test_where_output_is_piped_each_phase_is_a_line_as_it_was_said() -> None:
    out = StringIO()
    progress = Progress(Console(file=out, width=40))
    progress.begin([("a [bold]table[/] :smile: with a name longer than the width", 3)])
    progress.rows("t", 3)
    progress.phase("setting [x] of a [bold]table[/] :smile: with a name longer than the width")
    progress.close()
    assert out.getvalue().splitlines() == [
        "filling 1 table with 3 rows",
        "setting [x] of a [bold]table[/] :smile: with a name longer than the width",
    ]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_bar_is_one_line_as_wide_as_the_terminal(width: int) -> None:
    out = StringIO()
    progress = Progress(Console(file=out, width=width, force_terminal=True, no_color=True, legacy_windows=False))
    progress.begin([("t" * 63, 1_000_000_000)])
    progress.rows("a schema [bold]" + "t" * 63, 1_000_000)
    progress.close()
    drawn = [line for line in out.getvalue().replace("\x1b", "\n").splitlines() if "0 %" in line]
    assert drawn
    assert all(len(line) <= width + 6 for line in drawn)  # with what is left of a control sequence
