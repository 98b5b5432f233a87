"""What was advised, shown again, listed, and written in other forms."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.cli.app import app
from plimsoll.cli.exits import INTERRUPTED, INVALID, OK
from plimsoll.cli.tune import code_of_tuning
from plimsoll.core.errors import RunDirectoryError
from plimsoll.workflows.tuning.keeping import TUNING, keep
from tests.report.tuning import made


def run(*arguments: str) -> None:
    app(["tune", *arguments], standalone_mode=False)


@pytest.fixture
def there(tmp_path: Path) -> str:
    keep(made.proved(), tmp_path)
    return str(tmp_path)


def test_the_latest_is_shown_as_it_was_shown_then(there: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("show", "--tunings", there)
    shown = capsys.readouterr().out
    assert shown.startswith("3 changes save 89 %")
    run("show", made.ID[:10], "--tunings", there, "--json")
    found = json.loads(capsys.readouterr().out)
    assert (found["id"], found["advised"][0]["change"]["index"]["name"][:13]) == (made.ID, "idx_orders_cu")


def test_it_is_written_in_every_form(there: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = {"--out": "m.sql", "--undo-out": "u.sql", "--html": "p.html", "--markdown": "p.md"}
    run(
        "show", "--tunings", there, *(word for option, name in names.items() for word in (option, str(tmp_path / name)))
    )
    assert "CREATE INDEX CONCURRENTLY" in (tmp_path / "m.sql").read_text()
    assert "DROP INDEX CONCURRENTLY" in (tmp_path / "u.sql").read_text()
    assert (tmp_path / "p.html").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "p.md").read_text().startswith("## 3 changes")
    assert capsys.readouterr().err.count("wrote ") == 4


def test_a_list_has_verdicts_and_what_cannot_be_read(there: str, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = Path(there) / "20261127-041500-a1b2c3"
    damaged.mkdir()
    (damaged / TUNING).write_text("{")
    run("list", "--tunings", there)
    first, second = capsys.readouterr().out.splitlines()[1:]
    assert first.startswith(f"{made.ID}  shop            4  3 changes save 89 %")
    assert "unreadable: " in second
    run("list", "--tunings", there, "--json")
    rows = json.loads(capsys.readouterr().out)["tunings"]
    assert [(row["id"], row.get("title")) for row in rows] == [(made.ID, "Proved"), (damaged.name, None)]


def test_where_there_is_none_it_says_how_one_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("list", "--tunings", str(tmp_path))
    assert capsys.readouterr().out == f"no tunings in {tmp_path}. try: plimsoll tune\n"
    with pytest.raises(RunDirectoryError, match="there is none yet"):
        run("show", "--tunings", str(tmp_path))


def test_advice_and_nothing_to_change_are_fine_what_cannot_be_told_is_not() -> None:
    codes = {
        name: code_of_tuning(made.MAKERS[name]()) for name in ("proved", "estimated", "nothing", "untold", "empty")
    }
    assert codes == {"proved": OK, "estimated": OK, "nothing": OK, "untold": INVALID, "empty": INVALID}
    assert code_of_tuning(made.interrupted()) == INTERRUPTED
    some = replace(made.untold(), advised=made.explained().advised)  # an index to drop, and of others nothing is known
    assert code_of_tuning(some) == INVALID
