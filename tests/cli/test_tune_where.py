"""Which database apply, verify and undo go to: as it is named now, else as it was when the advice was made."""

from pathlib import Path

import pytest

from plimsoll.cli.tune_where import named_of, where_of_tuning
from plimsoll.core.errors import RunDirectoryError, UsageError
from plimsoll.core.tuning.named import Named
from plimsoll.settings.masking import Secret
from plimsoll.workflows.tuning.apart import DSN_NAME
from plimsoll.workflows.tuning.keeping import keep
from tests.core.tuning.tunings import made

DSN = "postgres://me:hunter2@db/shop"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("other.toml").write_text('[environments.prod]\ndatabase = "postgres://127.0.0.1/shop"\n')
    return tmp_path


def test_it_goes_where_the_advice_was_made_unless_another_place_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(made(named=Named("prod", config="other.toml", allowed=("prod",))), root)
    where, named = where_of_tuning(root, "latest", None, None, None, ())
    assert (where.environment, where.dsn, where.allow_protected) == ("prod", None, ())
    assert named == Named("prod", config="other.toml")
    assert where.settings.environment("prod").database == Secret("postgres://127.0.0.1/shop")
    where, named = where_of_tuning(root, "latest", None, None, DSN, ())
    assert (where.environment, where.dsn, named) == (None, Secret(DSN), Named(dsn="DSN"))
    keep(made(named=Named(dsn="env:SHOP")), root)
    monkeypatch.setenv("SHOP", DSN)
    assert where_of_tuning(root, "latest", None, None, None, ())[0].dsn == Secret(DSN)


def test_a_dsn_that_was_written_out_is_asked_for_again_and_a_tuning_that_is_not_there_is_said_first(root: Path) -> None:
    keep(made(named=Named(dsn="DSN")), root)
    with pytest.raises(UsageError, match="no database is named") as caught:
        where_of_tuning(root, "latest", None, None, None, ())
    assert caught.value.remedy.startswith("--dsn DSN, as for plimsoll tune")
    with pytest.raises(RunDirectoryError, match="cannot find tuning 'nope'"):
        where_of_tuning(root, "nope", None, None, None, ())


def test_nothing_of_a_dsn_is_kept_and_no_variable_of_ours() -> None:
    assert named_of(None, None, DSN) == named_of(None, None, f"env:{DSN_NAME}") == Named(dsn="DSN")
