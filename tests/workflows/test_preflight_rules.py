"""The decisions of the preflight that no machine of ours can be made to show: other versions, hosts, sizes. Pure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.check import CheckResult, failed, figure_warnings, ok, refuse_failed, warning
from plimsoll.core.errors import RefusedError
from plimsoll.core.profile import Profile, Stage
from plimsoll.workflows.checks.machine import FILES_BESIDE, MachineLook, judge_machine
from plimsoll.workflows.checks.needs import Needs, needs_of
from plimsoll.workflows.checks.rights import STATEMENTS_MAX, Statement, statements_in
from plimsoll.workflows.checks.server import Clock, Place, ServerLook, judge_server, spare_connections

ROLE = {
    "name": "app",
    "login": "app",
    "database": "shop",
    "superuser": False,
    "monitor": True,
    "in_recovery": False,
    "read_only": False,
    "role_limit": -1,
    "database_limit": -1,
}
NEEDS = Needs(connections=1, users=1, processes=1)


def server_check(
    name: str,
    *,
    version: str = "18.1",
    place: Place | None = None,
    clock: Clock | None = None,
    unread: dict[str, str] | None = None,
    **role: object,
) -> CheckResult:
    look = server_look(version=version, clock=clock, unread=unread, **role)
    return next(one for one in judge_server(look, place or Place("postgresql://h/d"), NEEDS) if one.name == name)


def server_look(
    *, version: str = "18.1", clock: Clock | None = None, unread: dict[str, str] | None = None, **role: object
) -> ServerLook:
    return ServerLook(
        settings={"server_version": version, "max_connections": "100"},
        role=ROLE | role,
        usage={"server": 0, "role": 0, "database": 0},
        statements={"loaded": True, "installed": "1.12"},
        clock=clock or Clock(0.0, 0.001),
        unread=unread or {},
    )


def machine_check(
    name: str, needs: Needs = NEEDS, *, cores: int = 4, files: int | None = 1024, waiting: float | None = 0.0,
    load: float = 0.0, free: int = 1 << 40,
) -> CheckResult:  # fmt: skip
    look = MachineLook(cores, files, waiting, load, ".plimsoll/runs", free)
    return next(one for one in judge_machine(look, needs) if one.name == name)


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("13.9", "failed"),
        ("14.12", "warning"),
        ("15.14 (Debian 15.14-0+deb12u1)", "ok"),
        ("16.4", "ok"),
        ("17.2", "warning"),
        ("18.1", "ok"),
        ("18beta2", "warning"),
        ("19devel", "warning"),
    ],
)
def test_old_servers_are_refused_and_untested_ones_told(version: str, status: str) -> None:
    assert server_check("version", version=version).status == status


@pytest.mark.parametrize(
    ("far", "protected", "status"), [(True, False, "warning"), (True, True, "ok"), (False, False, "ok")]
)
def test_a_superuser_is_told_where_nothing_would_hold_it(far: bool, protected: bool, status: str) -> None:
    place = Place("postgresql://h/d", far=far, protected=protected)
    assert server_check("role", place=place, superuser=True).status == status
    assert server_check("role", place=place).status == "ok"


def test_a_superuser_is_above_the_limits_of_role_and_database() -> None:
    assert server_check("connections", role_limit=0).status == "failed"
    assert server_check("connections", role_limit=0, database_limit=0, superuser=True).status == "ok"


def test_connections_that_the_load_leaves_free_are_those_of_the_tightest_limit() -> None:
    place = Place("postgresql://h/d")
    needs = Needs(connections=40, users=40, processes=1)
    assert spare_connections(server_look(), place, needs) == 60
    assert spare_connections(server_look(role_limit=41), place, needs) == 1
    assert spare_connections(server_look(role_limit=41, superuser=True), place, needs) == 60
    assert spare_connections(server_look(), replace(place, pooled=True), needs) is None
    assert spare_connections(replace(server_look(), usage={}), place, needs) is None, "it could not be read"


@given(st.floats(-1e6, 1e6), st.floats(0, 10))
def test_a_clock_is_told_only_when_it_surely_differs(ahead_s: float, error_s: float) -> None:
    found = server_check("clock", clock=Clock(ahead_s, error_s))
    assert (found.status == "warning") == (abs(ahead_s) - error_s > 1)


def test_a_clock_says_which_way_it_is_off() -> None:
    assert "1 min 30 s behind ours" in server_check("clock", clock=Clock(-90.0, 0.001)).detail
    assert "1 min 30 s ahead of ours" in server_check("clock", clock=Clock(90.0, 0.001)).detail


def test_what_could_not_be_read_is_left_out_with_its_reason() -> None:
    found = server_check("connections", unread={"usage": "42501: permission denied for view pg_stat_activity"})
    assert (found.status, found.detail) == (
        "skipped",
        "could not be read: 42501: permission denied for view pg_stat_activity",
    )


@given(st.integers(1, 10_000), st.integers(1, 64), st.integers(1, 20_000))
def test_files_are_refused_exactly_when_a_process_needs_more(users: int, processes: int, limit: int) -> None:
    profile = Profile("p", "constant-users", (Stage(users, 1.0),))
    needs = needs_of(profile, pool=None, processes=processes)
    most = -(-users // processes)  # the fullest process
    found = machine_check("files", needs, files=limit)
    assert (found.status == "failed") == (most + FILES_BESIDE > limit)
    assert machine_check("files", needs, files=None).status == "ok"


def test_a_pool_needs_its_size_in_each_process() -> None:
    profile = Profile("p", "constant-users", (Stage(500, 1.0),))
    needs = needs_of(profile, pool=7, processes=3)
    assert (needs.connections, needs.connections_per_process) == (21, 7)


@pytest.mark.parametrize(
    ("waiting", "load", "status"),
    [(0.1, 99.0, "ok"), (0.6, 0.0, "warning"), (None, 0.5, "ok"), (None, 9.0, "warning")],
)
def test_a_busy_machine_is_told_by_what_waits_or_else_by_its_load(
    waiting: float | None, load: float, status: str
) -> None:
    found = machine_check("cpu", waiting=waiting, load=load)
    assert (found.status, found.figures) == (status, status == "warning")


@pytest.mark.parametrize(("free", "status"), [(100_000, "failed"), (50 << 20, "warning"), (1 << 30, "ok")])
def test_room_for_the_run_is_judged_by_what_it_must_hold(free: int, status: str) -> None:
    needs = Needs(1, 1, 1, samples_bytes_max=2 << 30)
    assert machine_check("disk", needs, free=free).status == status
    without_samples = machine_check("disk", NEEDS, free=50 << 20)
    assert without_samples.status == "ok"


def test_a_refusal_has_the_first_failure_as_headline_and_all_others_with_remedies() -> None:
    results = [ok("a", "fine"), failed("b", "no room", "make some"), warning("c", "odd"), failed("d", "late", "hurry")]
    with pytest.raises(RefusedError) as raised:
        refuse_failed(results)
    assert str(raised.value) == "no room: and 1 more check failed: d: late (try: hurry)"
    assert raised.value.remedy == "make some"
    refuse_failed([ok("a", "fine"), warning("c", "odd")])


def test_only_warnings_about_figures_reach_the_summary() -> None:
    results = [warning("a", "slow", figures=True), warning("b", "blind"), failed("c", "no", ""), ok("d", "yes")]
    assert figure_warnings(results) == ["slow"]


# -- statements of a scenario ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('user.sql("a", "SELECT 1")', ["SELECT 1"]),
        ('user.sql("a", "select 1", 2)', ["select 1"]),
        ('QUERY = "WITH x AS (SELECT 1) TABLE x"\nuser.sql("a", QUERY)', ["WITH x AS (SELECT 1) TABLE x"]),
        ('tx.execute("DELETE FROM t")', ["DELETE FROM t"]),
        ('user.transaction("a")\ntx.fetchval("SELECT 1")', ["SELECT 1"]),
        ('user.transaction("a", role="other")\ntx.fetchval("SELECT 1")\nuser.sql("b", "SELECT 2")', ["SELECT 2"]),
        ('user.sql("a", f"SELECT {1}")', []),
        ('user.sql("a", "CALL work()")', []),
        ('user.sql("a", "")', []),
        ('feed.sql("SELECT 1")', []),
        ('from plimsoll import setup\n@setup\nasync def s(run):\n    await run.sql("x", "SELECT 1")', []),
    ],
)
def test_statements_are_read_where_they_are_written_out(code: str, found: list[str]) -> None:
    assert [statement.sql for statement in statements_in(code, "shop.py")] == found


def test_a_statement_is_known_by_its_line() -> None:
    assert statements_in('\n\nuser.sql("a", "SELECT 1")', "shop.py") == [Statement("shop.py, line 3", "SELECT 1")]


def test_a_scenario_has_only_so_many_statements_looked_at() -> None:
    assert len(statements_in('user.sql("a", "SELECT 1")\n' * 200, "shop.py")) == STATEMENTS_MAX
