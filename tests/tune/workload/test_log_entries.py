"""A server's log as entries, in each of its forms."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.tune.workload.log_entries import Damage, Entry, Form, entries, form_of, prefix_pattern
from plimsoll.tune.workload.log_file import LogFold

TEXT = """\
2026-11-27 04:05:26.123 UTC [4711] app@shop/web LOG:  duration: 1.250 ms  plan:
\tQuery Text: SELECT 1
\t  FROM t -- LOG:  not here
\tSeq Scan on t  (cost=0.00..1.01 rows=1 width=4)
2026-11-27 04:05:27.123 UTC [4711] app@shop/web LOG:  execute <unnamed>: SELECT $1
2026-11-27 04:05:27.123 UTC [4711] app@shop/web DETAIL:  Parameters: $1 = 'a'
what is this
2026-11-27 04:05:28.123 UTC [9] LOG:  checkpoint starting: time
2026-11-27 04:05:29.123 UTC [4711] app@shop/web ERROR:  no such thing at character 8
2026-11-27 04:05:29.123 UTC [4711] app@shop/web STATEMENT:  SELECT nothing
"""
PREFIX = "%m [%p] %q%u@%d/%a "
CSV = (
    '2026-11-27 04:05:26.123 UTC,"app","shop",4711,"127.0.0.1:5",68,1,"SELECT",2026-11-27 04:00:00 UTC,3/4,0,LOG,00000,'
    '"duration: 2.5 ms  statement: SELECT ""a""\n  FROM t",{detail},,,,,,,,"web","client backend",,77\n'
)


def read(text: str, form: Form, prefix: str = "") -> tuple[list[Entry], int]:
    damage = Damage()
    return list(entries(text.splitlines(keepends=True), form, damage, prefix)), damage.count


def test_a_text_has_entries_with_their_lines_and_details_and_says_whose_they_are() -> None:
    found, damaged = read(TEXT, "text", PREFIX)
    plan, executed, checkpoint = found
    assert plan.message.splitlines()[1:3] == ["Query Text: SELECT 1", "  FROM t -- LOG:  not here"]
    assert (executed.message, executed.detail) == ("execute <unnamed>: SELECT $1", "Parameters: $1 = 'a'")
    assert {(one.user, one.database, one.application) for one in (plan, executed)} == {("app", "shop", "web")}
    assert (checkpoint.database, damaged) == ("", 1)
    assert read(TEXT, "text")[0][0].database is None


@pytest.mark.parametrize(
    ("prefix", "written"),
    [
        ("%t:%r:%u@%d:[%p]:", "2026-11-27 04:05:26 UTC:127.0.0.1(55000):app@my shop:[4711]:"),
        ("%m [%p]: user=%u,db=%d,app=%a,client=%h ", "2026-11-27 04:05:26 UTC [1]: user=app,db=my shop,app=,client=: "),
        ("< %m %-8u %d %% >", "< 2026-11-27 04:05:26.1 UTC app      my shop % >"),
    ],
)  # fmt: skip
def test_a_prefix_of_any_kind_tells_the_database(prefix: str, written: str) -> None:
    found = prefix_pattern(prefix).match(written)
    assert found is not None
    assert (found["user"].strip(), found["database"].strip()) == ("app", "my shop")


@pytest.mark.parametrize(
    ("carrier", "tab"),
    [
        ("Nov  7 04:05:26 db postgres[4711]: [5-{}] ", "#011"),
        ("2026-11-27T04:05:26.123Z stderr F ", "\t"),
        ("shop-db-1  | ", "\t"),
    ],
)
def test_who_carries_the_lines_is_no_part_of_them(carrier: str, tab: str) -> None:
    carried = [carrier.format(n) + line.replace("\t", tab) for n, line in enumerate(TEXT.splitlines(keepends=True))]
    assert form_of(carried[0]) == "text"
    assert read("".join(carried), "text", PREFIX) == read(TEXT, "text", PREFIX)


def test_csv_and_json_have_the_same() -> None:
    (one,), damaged = read(CSV.format(detail="\"parameters: $1 = 'x'\""), "csv")
    message = 'duration: 2.5 ms  statement: SELECT "a"\n  FROM t'
    assert one == Entry(message, "parameters: $1 = 'x'", "shop", "app", "web")
    assert damaged == 0
    line = '{"user":"app","dbname":"shop","error_severity":"LOG","message":"duration: 1 ms","application_name":"web"}\n'
    wrapped = '{"record":{"user_name":"app","database_name":"shop","message":"x","application_name":"web"}}'
    assert read(wrapped, "json") == ([Entry("x", "", "shop", "app", "web")], 0)
    assert read(line + "{broken\n[]\n", "json") == ([Entry("duration: 1 ms", "", "shop", "app", "web")], 2)


def test_the_form_is_told_by_the_first_line() -> None:
    assert [form_of(first) for first in (TEXT, CSV, '{"message":""}', "")] == ["text", "csv", "json", "text"]


PARTS = (
    "LOG:  ", "duration: 1 ms  plan:\n", "\tQuery Text: ", "SELECT 'a", "'", '"', "\n", "\t", "{", "}", "$1",
    "DETAIL:  ", "execute x: ", "(cost=0.00..1.01 rows=1 width=4)", "1.5e", "2026-11-27 04:05:26 UTC,", "\0", "é", ",",
    '"Query Text": "\\u12',
)  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=30), st.sampled_from(["text", "csv", "json"]))
def test_no_log_is_too_odd(parts: Sequence[str], form: Form) -> None:
    fold = LogFold("shop")
    fold.add_all(entries("".join(parts).splitlines(keepends=True), form, fold.damage, PREFIX))
    assert all(one.calls > 0 for one in fold.heard("log").asked)
