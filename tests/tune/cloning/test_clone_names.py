"""A copy's name says who made it, and what is said of it who is in the way."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import NAME_BYTES_MAX
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.tune.cloning import guardian
from plimsoll.tune.cloning.beside import session_words
from plimsoll.tune.cloning.dropping import order, read_order, statements
from plimsoll.tune.cloning.elsewhere import Server, refuse_server
from plimsoll.tune.cloning.names import Maker, clone_name, maker_of, mark_of
from plimsoll.tune.cloning.origin import Locale, Origin
from plimsoll.tune.cloning.processes import is_gone, machine, this_process
from plimsoll.tune.cloning.temporary import roles_in
from plimsoll.tune.cloning.wish import CloneWish

MAKER = Maker("0123abcd", 4711, 0xBEEF)


@pytest.mark.parametrize("database", ["shop", "ü" * 31, 'it\'s "odd"'])
def test_who_made_a_copy_is_read_from_its_name(database: str) -> None:
    name = clone_name(database, MAKER, 17)
    assert len(name.encode()) <= NAME_BYTES_MAX
    assert maker_of(name) == MAKER
    assert mark_of(name) == "plimsoll_tune_0123abcd_4711_beef_11"


@pytest.mark.parametrize("name", ["shop", "shop_plimsoll_copy", "shop_plimsoll_tune_0123abcd_4711_beef"])
def test_other_databases_are_nobodys_copies(name: str) -> None:
    assert maker_of(name) is None


def test_a_process_that_runs_is_not_gone_and_one_of_its_number_from_before_is() -> None:
    ours = this_process()
    assert not is_gone(ours)
    assert is_gone(Maker(machine(), os.getpid(), ours.began - 1))
    assert not is_gone(Maker("ffffffff", os.getpid(), ours.began - 1))


def test_whoever_makes_a_copy_is_ended_before_it_is_dropped() -> None:
    end, drop = statements(clone_name('a"b', MAKER, 1))
    assert "application_name = 'plimsoll_tune_0123abcd_4711_beef_1'" in end
    assert drop == 'DROP DATABASE IF EXISTS "a""b_plimsoll_tune_0123abcd_4711_beef_1" WITH (FORCE)'


def test_what_the_guardian_is_to_drop_comes_to_it_whole() -> None:
    server = read_target("postgresql://me:secret-word@/postgres?host=/run,db&port=1,2&sslmode=require", {})
    assert read_order(order(server, "copy", ["a role"])) == (server, "copy", ["a role"])


def test_a_guardian_obeys_an_owner_who_was_gone_before_it_came_to_read(tmp_path: Path) -> None:
    writes = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    told = {"argv": [sys.executable, "-c", writes, str(tmp_path / "done")], "path": "", "input": "dropped"}
    (tmp_path / "orders").write_text(json.dumps(told) + "\n")
    nobody = "0"
    with (tmp_path / "orders").open() as orders:
        subprocess.run([sys.executable, "-I", "-S", guardian.__file__, nobody], stdin=orders, check=True)
    assert (tmp_path / "done").read_text() == "dropped"


@pytest.mark.parametrize(
    ("comment", "roles"),
    [(None, []), ("a shop", []), ("[1]", []), ('{"roles": ["a", 1]}', ["a"]), ('{"roles": 1}', [])],
)
def test_only_what_we_said_of_a_copy_names_roles(comment: str | None, roles: list[str]) -> None:
    assert roles_in(comment) == roles


def test_who_is_connected_is_named_and_counted() -> None:
    rows = [{"who": f"r{n}", "program": "web" if n == 0 else "", "many": 5 - n} for n in range(5)]
    assert session_words(rows) == (
        "r0 (web), 5 sessions; r1, 4 sessions; r2, 3 sessions; r3, 2 sessions; and 1 more programs"
    )


ORIGIN = Origin(
    "shop", "app", False, 160_004, "16.4", Locale("UTF8", "C", "C"), (), (), (), {}, "public", 0, "replica"
)  # fmt: skip
ON = Target((("db", 5432),), "me", "postgres")
SERVER = Server(160_009, "16.9", "postgres", False, True, False, False, "7 now", "", frozenset())


def test_a_server_that_can_have_the_copy_is_taken() -> None:
    refuse_server(SERVER, "7 before", ORIGIN, ON, CloneWish(protected=True))
    refuse_server(SERVER, "7 now", ORIGIN, ON, CloneWish())


@pytest.mark.parametrize(
    ("changes", "protected", "word"),
    [
        ({"id": "same"}, True, "protected"),
        ({"id": "same", "database": "shop"}, False, "the database itself"),
        ({"standby": True}, False, "standby"),
        ({"creates_databases": False}, False, "may not create"),
        ({"version": 150_001, "words": "15.1"}, False, "15.1, older than the source's 16.4"),
    ],
)
def test_a_server_that_cannot_or_may_not_is_refused(changes: dict[str, object], protected: bool, word: str) -> None:
    server = Server(**({name: getattr(SERVER, name) for name in SERVER.__slots__} | changes))
    with pytest.raises(RefusedError) as refused:
        refuse_server(server, "same", ORIGIN, ON, CloneWish(protected=protected))
    assert word in refused.value.why
