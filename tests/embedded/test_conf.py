"""What our servers are told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.embedded.conf import check_settings, initdb_options, quoted, server_options, settings_text


@pytest.mark.parametrize("name", ["port", "listen_addresses", "LOGGING_COLLECTOR", "data_directory"])
def test_where_the_server_is_found_cannot_be_set(name: str) -> None:
    with pytest.raises(UsageError, match="not free"):
        check_settings({name: "1"})


@pytest.mark.parametrize("name", ["", "work mem", "a.b.c", "x = 1\nfsync"])
def test_a_name_that_no_setting_has_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no name"):
        check_settings({name: "1"})


def test_a_value_of_two_lines_is_refused() -> None:
    with pytest.raises(UsageError, match="more than one line"):
        check_settings({"application_name": "x'\nfsync = off"})


def test_what_is_asked_for_stands_above_the_defaults() -> None:
    lines = settings_text(("pg_stat_statements",), {"Max_Connections": "20"}).splitlines()

    assert "max_connections = '20'" in lines
    assert "max_connections = '300'" not in lines
    assert "shared_preload_libraries = 'pg_stat_statements'" in lines


def test_fsync_is_left_on() -> None:
    assert "fsync" not in settings_text(("pg_stat_statements", "auto_explain"), {})


def test_auto_explain_is_told_to_be_quiet_only_where_it_is_loaded() -> None:
    assert "auto_explain.log_min_duration = '-1'" in settings_text(("auto_explain",), {})
    assert "auto_explain" not in settings_text(("pg_stat_statements",), {})


@given(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])))
def test_a_quoted_value_reads_back_as_it_was(value: str) -> None:
    inside = quoted(value)[1:-1]

    assert "'" not in inside.replace("''", "")
    assert inside.replace("''", "'").replace("\\\\", "\\") == value


def test_versions_before_17_take_the_locale_of_the_system() -> None:
    def options(major: int) -> list[str]:
        return initdb_options(Path("d"), Path("p"), major=major, linux=True, durable=True)

    assert "--locale=C.UTF-8" in options(16)
    assert "--builtin-locale=C.UTF-8" in options(17)


def test_a_comma_in_the_socket_directory_does_not_part_it() -> None:
    assert 'unix_socket_directories="/run/a,b/s"' in server_options(Path("d"), Path("/run/a,b/s"), 1)
