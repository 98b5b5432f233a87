"""Tables, statements and the tree of locks as HTML."""

from dataclasses import replace
from typing import Any

from plimsoll.core.details import IndexRow, LockRow, SessionRow, StatementRow, WaitRow, document
from plimsoll.core.observation import CollectorState
from plimsoll.server.dashboard import database, overview, statements
from plimsoll.server.dashboard.markup import element, text
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.sql import highlighted
from plimsoll.server.dashboard.tables import figure, in_order, table, words
from plimsoll.server.reading.reading import AlertLine, Reading
from plimsoll.server.reading.say import clock

COLUMNS = (words("name", "Name"), figure("size", "Size", str))
ROWS: list[dict[str, Any]] = [{"name": "b", "size": 2}, {"name": "a", "size": None}, {"name": "c", "size": 9}]


def names(sort: str) -> list[str]:
    return [row["name"] for row in in_order(Place(sort=sort).sorted_by("t"), COLUMNS, ROWS)]


def test_without_a_wish_rows_keep_their_order() -> None:
    assert names("") == names("other.size") == names("t.nothing") == ["b", "a", "c"]


def test_figures_start_with_the_most_and_names_with_the_first() -> None:
    assert names("t.size") == ["c", "b", "a"]
    assert names("t.name") == ["a", "b", "c"]


def test_what_is_unknown_comes_last_whichever_way() -> None:
    assert names("t.-size") == ["b", "c", "a"]


def test_a_heading_turns_the_order_round_and_says_how_it_is() -> None:
    made = table(Place(sort="t.size"), "t", "All", COLUMNS, ROWS)
    assert 'aria-sort="descending"' in made
    assert "sort=t.-size" in made


def test_a_table_says_how_many_more_there_are() -> None:
    assert "1,001 more are not shown." in table(Place(), "t", "All", COLUMNS, ROWS, left_out=1000, shown=2)


def test_nothing_is_said_in_words() -> None:
    assert table(Place(), "t", "All", COLUMNS, [], nothing="Nobody.") == '<p class="empty">Nobody.</p>'


def test_what_a_database_holds_is_never_markup() -> None:
    evil = "<script>alert(1)</script>\"'\x00\u202e"
    made = (
        table(Place(), evil, evil, COLUMNS, [{"name": evil, "size": evil}])
        + highlighted(evil)
        + element("p", title=evil)
    )
    assert "<script" not in made
    assert "\x00" not in made
    assert text("\u202e") == "\ufffd"


def test_a_statement_keeps_its_text_when_it_is_highlighted() -> None:
    made = highlighted("SELECT 'from' -- where\nFROM \"select\"")
    assert made.count("<b>") == 2
    assert '<span class="sql-text">&#x27;from&#x27;</span>' in made
    assert '<span class="soft">-- where</span>' in made


def lock(pid: int, depth: int, waits_for: int | None, state: str, blocks: int) -> LockRow:
    lock = "ShareLock on transaction 7" if waits_for else ""
    return LockRow(
        pid, depth, waits_for, lock, 41.0 if waits_for else None, "shop", "web", state, 252.0, blocks, "UPDATE a"
    )


def tree(*rows: LockRow) -> str:
    reading = Reading(0.0, watches_database=True, details={"locks": (0.0, document(rows))})
    slot = next(slot for slot in database.SLOTS if slot.name == "locks")
    assert slot.say is not None
    return slot.say(reading, Place())


def test_who_blocks_whom_is_told_with_the_command_that_ends_it() -> None:
    made = tree(lock(11, 0, None, "idle in transaction", 2), lock(21, 1, 11, "active", 1), lock(31, 2, 21, "active", 0))
    assert "blocks 2 sessions, transaction open for 4 min 12 s" in made
    assert "waits 41 s for ShareLock on transaction 7 of PID 11, and blocks 1 session" in made
    assert "SELECT pg_terminate_backend(11);" in made
    assert "backend(21)" not in made
    assert "--depth:2" in made


def test_who_holds_a_lock_is_named_once() -> None:
    row = replace(lock(21, 1, 11, "active", 0), lock="ShareLock on the transaction of pid 11 (a row of public.t)")
    assert "for ShareLock on the transaction of PID 11 (a row of public.t)<br>" in tree(row)


def test_the_first_screen_lists_what_fires_and_names_who_blocks() -> None:
    fires = [
        AlertLine(rule, "firing", severity, "x", f"{rule} is high", 100.0 - age)
        for rule, severity, age in (("cpu", "warning", 60.0), ("locks", "critical", 10.0), ("memory", "warning", 90.0))
    ]
    rows = document([lock(13431, 0, None, "idle in transaction", 4), lock(21, 1, 13431, "active", 0)])
    slot = next(slot for slot in overview.SLOTS if slot.name == "health")
    assert slot.say is not None
    made = slot.say(Reading(100.0, alerts=fires, details={"locks": (100.0, rows)}), Place())
    listed = made[made.index("<ul") :]
    assert listed.index("locks is high") < listed.index("memory is high") < listed.index("cpu is high")
    assert "PID 13431, idle in transaction, its transaction open for 4 min 12 s, blocks 4 sessions" in made
    assert 'href="?tab=database"' in made


def test_an_index_is_called_unused_only_after_long_enough() -> None:
    index = IndexRow("t", "t_idx", 1, 0, 0, False, True)
    for counted_s, said in ((3600.0, "no scan, but counted for 1 h only"), (9 * 86_400.0, "not used for 9 d")):
        found = document([index], counted_from_s=1e9 - counted_s)
        assert said in page(Reading(1e9, watches_database=True, details={"indexes": (1e9, found)}))


def test_a_session_at_work_is_cancelled_not_ended() -> None:
    assert "SELECT pg_cancel_backend(11);" in tree(lock(11, 0, None, "active", 1))


def page(reading: Reading) -> str:
    return "".join(slot.say(reading, Place(tab="database")) for slot in database.SLOTS if slot.say is not None)


def test_a_database_that_is_lost_is_not_said_to_be_quiet() -> None:
    at, why = 1_800_000_000.0, "user 'watcher' could not log in: the password is wrong"
    lost = CollectorState("sessions", 10.0, "lost", at, at, why)
    known = {kind: (at, document([])) for kind in ("locks", "sessions", "waits", "tables")}
    before = page(Reading(at + 1, watches_database=True, details=known))
    made = page(Reading(at + 5, watches_database=True, details=known, states={"sessions": lost}))
    assert "Nobody waits for a lock." in before
    assert all(quiet not in made for quiet in ("Nobody waits", "No session", "pg_stat_statements"))
    reason = "user &#x27;watcher&#x27; could not log in: the password is wrong"
    assert made.count(f"Not seen since {clock(at)}: {reason}") == 4
    assert made.count(f"ot seen: {reason}") == 3, "statements, indexes, background"


def test_a_document_that_is_no_longer_renewed_says_so() -> None:
    ok = {"sessions": CollectorState("sessions", 10.0, "ok", 0.0, 100.0)}
    assert Reading(130.0, details={"locks": (100.0, {})}, states=ok).lapsed("locks") == ""
    assert Reading(140.0, details={"locks": (100.0, {})}, states=ok).lapsed("locks").startswith("not seen since")


STATEMENT = StatementRow("71", "shop", 4, 100.0, 8, 30, 10, 0, 0, 0, 1.0, True, "UPDATE accounts SET a = $1")


def with_statements() -> Reading:
    return Reading(0.0, watches_database=True, details={"statements": (0.0, document([STATEMENT], seconds=10.0))})


def test_statements_say_their_time_a_call_their_share_and_their_hits() -> None:
    made = statements.statements_html(with_statements(), Place(tab="database"))
    assert all(said in made for said in ("25.0 ms", "100 %", "75 %", "in the 10 s between two looks"))
    assert "statement=71" in made


def test_a_statement_whose_text_was_not_read_yet_says_so() -> None:
    bare = replace(STATEMENT, query="")
    details = {"statements": (0.0, document([bare])), "waits": (0.0, document([WaitRow("CPU", "71", 1.0)]))}
    made = page(Reading(0.0, watches_database=True, details=details))
    assert made.count("text not read yet (statement 71)") == 2
    one = statements.statement_html(Reading(0.0, details=details), Place(statement="71"))
    assert "text not read yet" in one


def test_a_statement_is_looked_at_by_its_address() -> None:
    made = statements.statement_html(with_statements(), Place(tab="database", statement="71"))
    assert "<b>UPDATE</b> accounts" in made


def test_a_statement_that_has_not_ended_has_its_text_from_its_session() -> None:
    session = SessionRow(4, "shop", "shop", "web", "", "active", "CPU", 9.0, 9.0, 9.0, "72", (), "SELECT pg_sleep(60)")
    reading = Reading(0.0, details={"sessions": (0.0, document([session]))})
    made = statements.statement_html(reading, Place(tab="database", statement="72"))
    assert "pg_sleep" in made
    assert "PID 4 executes it" in made


def test_a_statement_that_is_gone_says_so() -> None:
    assert "was not executed lately" in statements.statement_html(with_statements(), Place(statement="9"))
