"""A tuning as a terminal or a pipe gets it."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from rich.console import Console

from plimsoll.core.tuning.advice import Tuning
from plimsoll.core.tuning.applied import Applied, AppliedChange
from plimsoll.core.tuning.change import ChangeKind, Step
from plimsoll.core.tuning.listed import Listed
from plimsoll.core.tuning.named import Named
from plimsoll.core.tuning.proof import Interval95
from plimsoll.core.tuning.query import Binding, LeftOut
from plimsoll.report.tuning.effects import values_words
from plimsoll.report.tuning.html import tuning_page
from plimsoll.report.tuning.listing import row_of
from plimsoll.report.tuning.markdown import tuning_markdown
from plimsoll.report.tuning.terminal import tuning_view
from plimsoll.report.tuning.verdict import estimated_share, is_untold, titled_words, verdict_words
from plimsoll.report.tuning.words import gain_words, todo_words, weight_words, write_words
from tests.report.tuning import made

WRITING: Final[tuple[ChangeKind, ...]] = ("create-index", "drop-index")


def shown(tuning: Tuning, *, details: bool = False) -> str:
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(tuning_view(tuning, details=details))
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def words(tuning: Tuning, *, details: bool = False) -> str:
    return " ".join(shown(tuning, details=details).split())


@pytest.mark.parametrize("name", made.NAMES)
@pytest.mark.parametrize("details", [False, True])
def test_every_tuning_fits_80_columns_and_none_writes_control_sequences(name: str, details: bool) -> None:
    text = shown(made.MAKERS[name](), details=details)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_verdict_comes_first_with_its_interval_and_its_cost() -> None:
    assert words(made.proved()).startswith(
        "3 changes save 89 % (84 % to 95 %) of the workload's database time; cost: 16.0 MiB, HOT updates "
        "of orders: 92 % before, 31 % after; frees 40.0 MiB; 1 more is not measured."
    )


def test_what_was_not_measured_says_so_in_its_verdict() -> None:
    said = verdict_words(made.estimated())
    assert said.startswith("2 changes would save 98 % of the workload's cost by the planner's estimate")
    assert "nothing is measured" in said
    assert verdict_words(made.explained()) == "1 change is worth a look; what it gives was not measured."


def test_an_interrupted_tuning_says_so_first() -> None:
    none = replace(made.nothing(), interrupted=True)
    assert verdict_words(none).endswith("; nothing was found to pay by then, of 2 candidates.")
    assert verdict_words(made.interrupted()).startswith("Interrupted before everything was looked at; 3 changes are")


def test_what_there_was_no_time_to_measure_is_said_in_the_verdict() -> None:
    reasons = ("not measured: time was up", "the search ended before it was tried")
    first, second = (replace(one, why=why) for one, why in zip(made.REJECTED, reasons, strict=True))
    some = replace(made.proved(), rejected=[first, second])
    assert verdict_words(some).endswith("; 1 promising change was not measured: more --time.")
    assert not is_untold(some)
    none = replace(made.nothing(), rejected=[first, second])
    assert titled_words(none) == (
        "Unknown: It cannot be told what pays: 2 changes were not looked into before the time was up: more --time."
    )
    assert is_untold(none)
    assert not is_untold(made.nothing())


def test_nothing_to_change_says_what_was_looked_at_and_the_reason_most_have() -> None:
    assert verdict_words(made.nothing()) == "Nothing to change: 2 candidates were looked at and none is advised."
    twice = replace(made.nothing(), rejected=[replace(one, why="HypoPG is not there") for one in made.REJECTED])
    assert verdict_words(twice).endswith("2 of them for the same reason: HypoPG is not there.")
    said = verdict_words(made.untold())
    assert said.startswith("It cannot be told what 2 indexes would give: --prove builds")
    assert "plimsoll tune --prove" in shown(made.untold())
    assert "no statement that could be looked into" in verdict_words(made.empty())


def test_a_drop_that_saves_no_time_is_told_by_what_it_frees() -> None:
    dropped = made.proved().advised[2]
    whole = replace(made.proof(made.ON_PRODUCT, size=0, build=None), writes=())
    said = verdict_words(replace(made.proved(), advised=(dropped,), together=whole))
    assert said == "1 change frees 40.0 MiB; the workload's database time stays the same within what was measured."


def test_what_all_save_together_is_told_as_it_was_measured_and_what_is_not_of_it_beside() -> None:
    first = made.proved().advised[0]
    whole = replace(made.proof(made.ON_LIST), writes=(), size_bytes=0)
    noisy = replace(whole, saved_ms=Interval95(900.0, -2_644.0, 10_576.0))
    said = verdict_words(replace(made.proved(), advised=(first,), together=noisy))
    between = "between -1 % and 4 % of the workload's time"
    assert said == f"1 change is advised; what it saves does not stand out: {between}."
    written = replace(first, change=made.REWRITE, saved_share=0.0127)
    said = verdict_words(replace(made.proved(), advised=(first, written), together=whole))
    assert said.startswith("1 change saves 71 %")
    assert said.endswith("; 1 statement written differently would save 1.27 % more.")


def test_what_a_change_gives_is_told_where_that_is_no_time_of_the_workload() -> None:
    key = replace(made.proved().advised[2], gives="looking for rows takes 0.05 ms rather than 12 ms")
    assert gain_words(key) == key.gives
    late = replace(key, standing="explained", gives="not measured: interrupted")
    assert gain_words(late) == "not measured: interrupted"
    assert gain_words(replace(late, gives="")) == "not measured"


def test_what_two_indexes_can_both_save_is_not_counted_as_lost() -> None:
    first, second = made.estimated().advised[:2]
    assert first.estimate is not None
    halved = replace(first, saved_share=0.1, estimate=replace(first.estimate, before=20_000.0, after=10_000.0))
    same = replace(second, saved_share=0.1, estimate=halved.estimate)
    assert estimated_share([halved, same]) == pytest.approx(0.9)


def test_a_change_says_what_it_gives_and_costs_and_has_its_sql_in_lines_of_its_own() -> None:
    text = words(made.proved())
    told = (
        '1. Create index on orders ("customer_id", "created_at" DESC)',
        "proved · confidence high · saves 71 % (67 % to 75 %) of the workload's time · 12.0 MiB, built in 3.2 s",
        ("writes: HOT updates of orders: 92 % before, 31 % after; WAL per row written to orders: +30 %; "
        "+4.50 µs (+4.10 µs to +5.00 µs) per row updated in orders; +4.20 µs"),
        "customer_id = $1, sorted by created_at", "38.4 ms → 291 µs a call, 132 times faster; 4,931 calls",
        'CREATE INDEX CONCURRENTLY "idx_orders_customer_id_created_at_05010d"',
        "4. Page by key instead of OFFSET", "explained · confidence medium · not measured",
        "Looked at and not advised", "measured: makes INSERT INTO orders 52 % slower", "no plan of the workload's",
        "Left out of the workload", "a procedure: what it asks inside is not seen", "Next",
        f"plimsoll tune apply {made.ID} --dry-run",
    )  # fmt: skip
    assert [said for said in told if said not in text] == []
    assert [text.index(said) for said in told] == sorted(text.index(said) for said in told)
    assert "\n       FROM orders" in shown(made.proved())


def test_the_next_commands_name_the_database_as_it_was_named() -> None:
    tuning = replace(made.proved(), named=Named("prod", allowed=("prod",)))
    named = "--env prod --allow-protected prod"
    assert [command for command, _ in todo_words(tuning)] == [
        f"plimsoll tune apply {made.ID} --dry-run {named}",
        f"plimsoll tune apply {made.ID} {named}",
        f"plimsoll tune verify {made.ID} {named}",
    ]
    assert todo_words(replace(made.estimated(), named=Named(dsn="DSN")))[0][0] == "plimsoll tune --prove --dsn DSN"


def test_what_is_no_statement_to_send_is_an_example_and_a_long_migration_is_left_to_its_file() -> None:
    tuning = replace(made.proved(), advised=made.EXAMPLES)
    assert "for example: SELECT name FROM products WHERE id > $1 $1 is the last row's id." in words(tuning)
    assert "8 statements: --details, or divide-….sql in the tuning's directory" in words(tuning)
    assert "orders_old" not in words(tuning)
    assert "ALTER TABLE orders RENAME TO orders_old;" in words(tuning, details=True)


def test_details_add_plans_undo_the_method_and_every_statement() -> None:
    short, whole = (words(made.proved(), details=one) for one in (False, True))
    only_whole = (
        "Seq Scan on orders → Index Scan using", "to undo: DROP INDEX CONCURRENTLY IF EXISTS",
        "a copy of 1.20 GiB (by dump, in 41 s) on PostgreSQL 18.1, started for this",
        "Every statement, before and after all changes", "new indexes may take 500 MiB",
    )  # fmt: skip
    assert [said for said in only_whole if said not in whole or said in short] == []


def test_of_statements_for_each_partition_details_show_the_first_and_say_where_all_are() -> None:
    parts = tuple(Step(f"CREATE INDEX part_{at}", f"DROP INDEX part_{at}") for at in range(41))
    first = made.proved().advised[0]
    text = words(
        replace(made.proved(), advised=[replace(first, change=replace(first.change, steps=parts))]), details=True
    )
    assert ("part_7;" in text, "CREATE INDEX part_8;" in text, "DROP INDEX part_32;" in text) == (True, False, False)
    assert "… and 33 more, alike: --out FILE has all" in text
    assert "… and 33 more, alike: --undo-out FILE has all" in text


def test_what_is_left_out_is_listed_with_its_statements() -> None:
    many = [LeftOut(f"SELECT {at} FROM t WHERE password = 'hunter2'", 1, at, "no value") for at in range(12)]
    workload = replace(made.WORKLOAD, left_out=[*made.WORKLOAD.left_out, *many])
    tuning = replace(made.proved(), workload=workload)
    for text in (words(tuning, details=True), tuning_page(tuning), tuning_markdown(tuning)):
        assert text.index("CALL settle_all()") > text.index("a procedure: what it asks inside is not seen")
        assert "SELECT 11 FROM t" in text
        assert "… and 2 more: tuning.json" in text
        assert "hunter2" not in text
    assert "CALL settle_all()" not in words(tuning)


def test_a_word_with_which_the_verdict_begins_is_said_once() -> None:
    assert titled_words(made.proved()).startswith("Proved: 3 changes save 89 %")
    assert titled_words(replace(made.interrupted(), advised=())).startswith(
        "Interrupted before everything was looked at"
    )


def test_what_writing_costs_is_told_where_it_stands_out_with_the_sign_that_it_can_have() -> None:
    proof, dearer, noise = made.WRITES[0], Interval95(4.0, 3.0, 5.0), Interval95(-0.4, -2.0, 1.0)
    cheaper = Interval95(-4.0, -5.0, -3.0)
    kinds = {kind: next(one for one in made.proved().advised if one.change.kind == kind) for kind in WRITING}

    def said(kind: ChangeKind, insert: Interval95, update: Interval95) -> list[str]:
        costs = [replace(proof, insert_more_us=insert, update_more_us=update)]
        measured = kinds[kind].proof
        assert measured is not None
        return write_words(replace(kinds[kind], proof=replace(measured, writes=costs)))

    assert said("create-index", dearer, noise) == ["+4.00 µs (+3.00 µs to +5.00 µs) per row inserted into orders"]
    assert said("drop-index", noise, cheaper) == ["−4.00 µs (−5.00 µs to −3.00 µs) per row updated in orders"]
    nothing = ["time per row written to orders: not measurable"]
    assert said("create-index", noise, cheaper) == said("drop-index", noise, dearer) == nothing


def test_what_statements_weigh_by_is_told_as_it_is() -> None:
    untimed = replace(made.WORKLOAD, queries=[replace(one, total_ms=0.0) for one in made.WORKLOAD.queries])
    assert weight_words(replace(made.proved(), workload=untimed)).endswith("calls times the time measured.")
    assert weight_words(replace(made.estimated(), workload=untimed)).endswith("calls times the planned cost.")


def test_a_copy_on_another_major_version_is_named_in_the_origin() -> None:
    other = replace(made.COPY, server="PostgreSQL 18.6 (Debian 18.6-1)")
    old = replace(made.proved(), server="PostgreSQL 15.18", copy=other)
    assert "measured on a copy of 1.20 GiB on PostgreSQL 18.6, another version than the database's" in words(old)
    assert "another version" not in words(replace(old, server="PostgreSQL 18.1"))


def test_what_was_measured_cold_is_among_the_details() -> None:
    cold = replace(
        made.ON_LIST,
        before=replace(made.ON_LIST.before, cold_ms=212.0),
        after=replace(made.ON_LIST.after, cold_ms=1.31),
    )
    tuning = replace(made.proved(), together=made.proof(cold, made.ON_INSERT))
    assert "212 ms → 1.31 ms" in words(tuning, details=True).partition("Cold: with nothing of it in memory")[2]
    assert "Cold" not in words(made.proved(), details=True)
    assert "cold 212 ms → 1.31 ms · values as they were sent" in tuning_page(tuning)
    assert "| 38.4 ms | 291 µs | better | 212 ms → 1.31 ms |" in tuning_markdown(tuning)


def test_what_becomes_slower_is_said_at_once() -> None:
    worse = replace(made.proved(), together=made.proof(made.ON_LIST, made.HARMFUL))
    assert "1 statement slower with all of it: --details" in words(worse).partition("What to change")[0]


def test_of_very_much_the_first_is_shown_and_how_much_more_there_is() -> None:
    text = words(made.large())
    assert "50 more changes: --details" in text
    assert "790 more candidates: --details" in text
    assert "117 more statements: --details" in text


def test_no_password_of_a_statement_is_shown() -> None:
    query = replace(made.WORKLOAD.queries[0], text="SELECT dblink('host=x password=hunter2')")
    tuning = replace(made.proved(), workload=replace(made.WORKLOAD, queries=(query,)))
    assert "dblink" in shown(tuning, details=True)
    assert "hunter2" not in shown(tuning, details=True)


def test_what_was_applied_says_when_and_how_much_of_it_and_then_only_how_to_verify() -> None:
    at = datetime(2026, 11, 28, 4, 18, tzinfo=UTC)
    changes = (AppliedChange("a", "an index", "done", at), AppliedChange("b", "another", "failed", at, why="no room"))
    applied = Applied(made.ID, "shop", "PostgreSQL 18.1", at, at, changes)
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(tuning_view(made.proved(), applied=applied))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "applied 2026-11-28 04:18: 1 of 2 changes is in effect" in text
    assert row_of(Listed(made.ID, made.proved(), applied))["applied_at"] == at.isoformat()
    gone = replace(applied, changes=[replace(one, state="taken-back") for one in changes])
    assert row_of(Listed(made.ID, made.proved(), gone))["applied_at"] is None
    assert "tune apply" not in text
    assert f"plimsoll tune verify {made.ID}" in text


def test_with_which_values_a_statement_was_asked_is_said() -> None:
    skewed = replace(
        made.WORKLOAD.queries[0], bindings=(Binding(("a",), "common", 0.98), Binding(("b",), "rare", 0.02))
    )
    assert values_words(skewed) == "values common (98 %) and rare (2 %) by statistics"
    assert values_words(made.WORKLOAD.queries[0]) == "values as they were sent"
    assert values_words(made.WORKLOAD.queries[3]) == "", "it takes none"
    assert "values as they were sent" in words(made.proved(), details=True)
