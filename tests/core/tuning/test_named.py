"""How a database was named is said again so that the next command runs, and without what a DSN holds."""

from plimsoll.core.tuning.named import Named, shown_dsn


def test_options_are_written_as_a_shell_takes_them() -> None:
    assert Named().options == ""
    assert Named("my prod", allowed=("my prod",)).options == "--env 'my prod' --allow-protected 'my prod'"
    assert Named(dsn="env:DATABASE_URL", config="other.toml").options == "--dsn env:DATABASE_URL --config other.toml"


def test_a_dsn_is_not_kept_but_the_name_of_its_variable_is() -> None:
    assert [shown_dsn(text) for text in (None, "env:A", "postgres://me:hunter2@db/shop")] == ["", "env:A", "DSN"]
