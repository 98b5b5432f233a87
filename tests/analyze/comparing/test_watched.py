"""What was watched beside runs is set side by side: medians, the statements that took most time first."""

from plimsoll.analyze.comparing.runs import Group, StatementUse
from plimsoll.analyze.comparing.watched import STATEMENTS_MAX, watched
from plimsoll.core.comparison import Watched
from tests.analyze.comparing.made_runs import a_run


def test_gauges_are_medians_with_their_units_and_what_one_side_lacks_is_unknown() -> None:
    a = Group("a", [a_run(f"a{at}", gauges={"host_cpu_busy_percent": value}) for at, value in enumerate((40, 90, 50))])
    b = Group("b", [a_run("b", gauges={'process_cpu_percent{tree="application"}': 12.0})])
    assert watched(a, b) == [
        Watched("host_cpu_busy_percent", "percent", 50, None),
        Watched('process_cpu_percent{tree="application"}', "percent", None, 12.0),
    ]


def test_statements_have_their_mean_and_buffers_by_the_time_they_took() -> None:
    slow, quick = StatementUse("SELECT  slow", 10, 50.0, 400.0), StatementUse("SELECT quick", 100, 1.0, 0.0)
    a = Group("a", [a_run("a", statements={"1": quick, "2": slow})])
    b = Group("b", [a_run("b", statements={"2": StatementUse("SELECT slow", 10, 5.0, 40.0)})])
    assert watched(a, b) == [
        Watched("mean: SELECT slow", "ms", 50.0, 5.0),
        Watched("buffers a call: SELECT slow", "count", 40.0, 4.0),
        Watched("mean: SELECT quick", "ms", 1.0, None),
    ]


def test_there_are_never_more_statements_than_can_be_read() -> None:
    many = {str(at): StatementUse(f"SELECT {at}", 1, 1.0, 1.0) for at in range(50)}
    found = watched(Group("a", [a_run("a", statements=many)]), Group("b", [a_run("b")]))
    assert len(found) == 2 * STATEMENTS_MAX
