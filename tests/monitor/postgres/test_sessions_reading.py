"""What the rows about sessions mean, without a server. Pure."""

from typing import Any

from plimsoll.monitor.postgres.link import Server
from plimsoll.monitor.postgres.sessions.reading import (
    notes_of,
    restart_of,
    restart_values,
    session_rows,
    values_of,
    wait_of,
)
from tests.monitor.postgres.servers import key

SERVER = Server(180_000, 1.0, False, True, "shop", 7, 'o"dd')


def summary(**more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "connections": 12,
        "active": 3,
        "idle": 6,
        "idle_in_transaction": 1,
        "aborted": 1,
        "hidden": 0,
    }
    row |= {"transaction_s": 8.0, "statement_s": None, "idle_in_transaction_s": 2.5, "snapshot": 40}
    roles = '[{"role": "shop", "database": "shop", "sessions": 9}]'
    return row | {"autovacuum_workers": 2, "waiting": 0, "usable": 48, "roles": roles} | more


def test_connections_are_told_by_state_and_as_a_share_of_what_ordinary_roles_may_have() -> None:
    values = values_of(summary(), sees_all=True)
    assert values[key('database_connections{state="active"}')] == 3
    assert values[key('database_connections{state="other"}')] == 1
    assert values[key("database_connections_used_percent")] == 25
    assert values[key('database_role_connections{database="shop",role="shop"}')] == 9
    assert values[key("database_autovacuum_workers")] == 2


def test_nothing_under_way_is_known_to_be_nothing_and_a_clock_that_differs_gives_nothing_negative() -> None:
    values = values_of(summary(transaction_s=-0.001), sees_all=True)
    assert values[key("database_longest_statement_s")] == 0
    assert values[key("database_longest_transaction_s")] == 0


def test_what_hidden_sessions_could_change_is_left_out() -> None:
    values = values_of(summary(hidden=2), sees_all=False)
    assert not {one.name for one in values} - {
        "database_connections", "database_connections_limit", "database_connections_used_percent",
        "database_role_connections",
    }  # fmt: skip


def test_a_server_without_connections_for_ordinary_roles_has_no_share() -> None:
    assert key("database_connections_used_percent") not in values_of(summary(usable=0), sees_all=True)


def test_the_note_on_missing_rights_quotes_the_role() -> None:
    less = Server(180_000, 1.0, False, False, "shop", 7, 'o"dd')
    assert notes_of(summary(hidden=2), SERVER) == ()
    assert notes_of(summary(hidden=2), less)[0].endswith('; 2 are there now. As an administrator: '
                                                         'GRANT pg_monitor TO "o""dd"')  # fmt: skip


def test_a_restart_is_told_from_the_crash_of_a_process() -> None:
    assert restart_of(None, (1.0, 1.0)) == restart_of((1.0, 1.0), (1.0, 1.0)) == ""
    assert restart_of((1.0, 1.0), (5.0, 5.0)) == "restart"
    assert restart_of((1.0, 1.0), (1.0, 5.0)) == "crash"
    crashed = {str(key): value for key, value in restart_values((1.0, 1.0), "crash").items()}
    assert crashed == {"database_crashed": 1.0, "database_restarted": 0.0}
    assert restart_values(None, "") == {}


def test_a_session_waits_computes_or_is_idle() -> None:
    assert wait_of(None, None, "active") == "CPU"
    assert wait_of(None, None, "idle in transaction") == ""
    assert wait_of("Lock", "tuple", "active") == "Lock:tuple"


def test_a_password_in_a_statement_is_masked() -> None:
    names = ("pid", "user", "database", "application", "client", "state", "transaction_s", "state_s", "query_s")
    row = dict.fromkeys(names, 1) | {"query_id": None, "wait_event_type": "Lock", "wait_event": None}
    (shown,) = session_rows([row | {"query": "ALTER ROLE app PASSWORD 'hunter22'"}], {1: [5, 6]})
    (later,) = session_rows([row | {"query": "", "wait_event_type": None}], {1: [5]})
    assert later.blocked_by == (), "it waits no longer"
    assert shown.blocked_by == (5, 6)
    assert "hunter22" not in shown.query
