"""A comparison says its verdict first, everywhere alike, and nothing in it is taken for markup."""

import re
from dataclasses import replace
from io import StringIO

from rich.console import Console

from plimsoll.core.comparison import Compared, Comparison, Effect, Side, Watched
from plimsoll.core.statistics import change_points
from plimsoll.core.trend import LeftOut, LevelChange, Trend, TrendPoint
from plimsoll.report.comparison.html import render_comparison
from plimsoll.report.comparison.terminal import comparison_view
from plimsoll.report.comparison.trend import VALUES_MIN, trend_view
from tests.report.builders import INJECTION

P95 = Compared(
    "p95", "ms", False, (10.0, 11.0), (12.0, 13.0), 10.5, 12.5,
    Effect(0.19, 0.06, None, 0.004, 0.08, "permutation"), "worse", "19 % higher, p 0.004",
)  # fmt: skip
ERRORS = Compared(
    "errors", "share", False, (0.0, 0.0), (0.01, 0.02), 0.0, 0.015,
    Effect(0.015, 0.01, 0.02, 0.01, 0.01, "permutation", 0.03), "worse", "1.5 points higher",
)  # fmt: skip
UNKNOWN = replace(P95, name="p99", effect=None, verdict="cannot tell")
WORSE = Comparison(
    Side("baseline default", ("r1", "r2")), Side("latest", ("r3",), ("r4 is invalid: late",)), "shop", "worse",
    "p95 19 % higher, p 0.004", 0.05, P95, (ERRORS, UNKNOWN), (), ("seed: 1 in A, 2 in B",),
    (Watched("host_cpu_busy_percent", "percent", 40.0, 80.0), Watched("mean: SELECT 1", "ms", 0.5, None)),
)  # fmt: skip
REFUSED = replace(
    WORSE, verdict="cannot tell", because="the runs are not comparable", primary=None, others=(),
    not_comparable=("profile: 100/s in A, 200/s in B",),
)  # fmt: skip


def printed(comparison: Comparison) -> str:
    out = StringIO()
    Console(file=out, width=200).print(comparison_view(comparison))
    return out.getvalue()


def test_the_verdict_comes_first_then_figures_with_their_intervals() -> None:
    said = printed(WORSE)
    assert said.startswith("Worse: p95 19 % higher, p 0.004\n")
    rows = {line.split("  ")[0]: " ".join(line.split()) for line in said.splitlines()}
    assert rows["p95"] == "p95 10.5 ms 12.5 ms +19 % +6..? % 0.004 worse"
    assert rows["errors"] == "errors 0 % 1.5 % +1.50 pt +1.00..+2.00 pt 0.030 worse"
    assert rows["p99"].endswith("– – – ?")
    assert rows["mean: SELECT 1"] == "mean: SELECT 1 500 µs –"
    assert "A: baseline default, 2 runs (r1, r2)" in said
    assert "left out of B: r4 is invalid: late" in said


def test_a_difference_below_the_floor_is_not_called_unshown() -> None:
    small = replace(WORSE, verdict="no difference shown", because="p95 19 % higher, less than the floor of 90 %")
    assert printed(small).startswith("No difference that counts: p95 19 % higher")


def test_a_zero_has_no_sign_and_no_floor_is_said_as_that() -> None:
    none = replace(P95, effect=Effect(0.0, 0.000001, -0.000001, 0.9, 0.1, "permutation"))
    said = printed(replace(WORSE, primary=none, floor=0.0))
    assert " 0..0 % " in said
    assert "any difference counts" in said
    assert "less than 0.001 % does not count" in printed(replace(WORSE, floor=0.00001))


def test_runs_that_were_named_one_by_one_are_not_listed_twice() -> None:
    ids = ("r1", "r2", "r3", "r4")
    said = printed(replace(WORSE, a=Side("r1,r2,r3,r4", ids)))
    assert "A: 4 runs (r1, r2, r3, …)" in said


def test_it_fits_eighty_columns() -> None:
    out = StringIO()
    Console(file=out, width=80).print(comparison_view(WORSE))
    assert "…" not in out.getvalue()
    assert max(map(len, out.getvalue().splitlines())) <= 80


def test_a_refusal_says_why_and_what_to_do() -> None:
    said = printed(REFUSED)
    assert said.startswith("Cannot tell: the runs are not comparable\n")
    assert "not comparable: profile: 100/s in A, 200/s in B" in said
    assert said.rstrip().endswith("plimsoll compare A B --force")
    meant = printed(replace(REFUSED, aspects=("profile", "data")))
    assert meant.rstrip().endswith("--force; or --changed profile,data, if that was on purpose")


def test_the_page_has_the_verdict_every_run_and_the_figures() -> None:
    page = render_comparison(WORSE)
    assert "p95 19 % higher" in page
    assert page.count("<circle") == 4
    assert re.search(r'>p95</th><td class="bad unbroken">worse</td>', page), "beside its name: on a phone it is seen"
    assert ">p95, a point for each run</text>" in page
    assert "max-width: 640px" in page  # letters stay as large as they are
    assert 'aria-label="p95 of every run: A 10.0 ms to 11.0 ms, B 12.0 ms to 13.0 ms' in page
    assert "http" not in page.replace("http-equiv", "").lower()
    assert "not comparable" in render_comparison(REFUSED)


def test_nothing_that_others_wrote_is_markup() -> None:
    hostile = replace(
        WORSE, scenario=INJECTION, because=INJECTION, warnings=(INJECTION,), watched=(Watched(INJECTION, "ms", 1, 2),),
        a=Side(INJECTION, (INJECTION,), (INJECTION,)), primary=replace(P95, name=INJECTION),
    )  # fmt: skip
    assert "<img" not in render_comparison(hostile)
    assert "\x1b" not in printed(replace(WORSE, because="\x1b[31mred", warnings=("\x1b[2J",)))


TREND = Trend(
    "shop", "dev", "100/s", "r3", "p95", "ms", False, 0.05,
    (TrendPoint("r1", "", 10.0), TrendPoint("r2", "", 10.0), TrendPoint("r3", "", 20.0)),
    (LevelChange("r3", 10.0, 20.0, 1.0, 0.001, "worse", ("work_mem 4MB in A, 64MB in B",)),),
    (LeftOut("r0", "is invalid: late"), LeftOut("r4", "is invalid: late")),
)  # fmt: skip


def shown(trend: Trend) -> list[str]:
    out = StringIO()
    Console(file=out, width=200).print(trend_view(trend))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_trend_says_where_the_level_changed_and_what_was_left_out() -> None:
    said = shown(TREND)
    assert said[0] == "p95 over 3 runs: 1 change of level"
    assert said[2] == "worse from r3 on: 10.0 ms to 20.0 ms, 100 % higher (p 0.001)"
    assert said[3] == "  with it changed: work_mem 4MB in A, 64MB in B"
    assert said[-4:-2] == [f"r2    10.0 ms  {'█' * 20}", f"r3    20.0 ms  {'█' * 40}  <- worse"]
    assert said[-1] == "left out: r0 and 1 more: is invalid: late"


def test_a_short_trend_says_that_it_cannot_show_anything() -> None:
    assert shown(replace(TREND, changes=()))[0] == "p95 over 3 runs: too few to show a change of level, which takes 9"
    assert VALUES_MIN == change_points.VALUES_MIN
