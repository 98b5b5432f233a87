"""What an interpreter runs, as it is shown."""

from pathlib import Path

from plimsoll.monitor.processes.command import CHARACTERS_MAX, command_of, said_command


def test_only_where_the_name_says_nothing_there_is_a_command(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cmdline").write_text("python3\0-m\0gunicorn\0shop.app\0")
    assert command_of(tmp_path, 7, "python3.11") == "python3 -m gunicorn shop.app"
    assert command_of(tmp_path, 7, "postgres") == ""
    assert command_of(tmp_path, 8, "python") == ""


def test_secrets_in_it_are_hidden_and_it_is_cut() -> None:
    said = said_command("node\0x.js\0--api-token\0geheim\0--password=geheim\0postgresql://a:geheim@h/d\0")
    assert "geheim" not in said
    assert said.startswith("node x.js --api-token ****")
    assert len(said_command("python\0" + "x" * 500)) == CHARACTERS_MAX
