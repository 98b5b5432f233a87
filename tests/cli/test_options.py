"""What several commands' options mean."""

import os
import signal
import sys
from pathlib import Path

import pytest

from plimsoll.cli.main import main
from plimsoll.cli.options import check_outputs
from plimsoll.core.errors import UsageError


def test_a_file_that_could_not_be_written_in_the_end_is_refused_at_once(tmp_path: Path) -> None:
    check_outputs(junit=tmp_path / "goals.xml", jtl=None)
    assert not list(tmp_path.iterdir())
    with pytest.raises(UsageError, match="cannot write"):
        check_outputs(junit=Path("/proc/goals.xml"), jtl=None)


@pytest.mark.parametrize("module", ["plimsoll.cli.app", "plimsoll.runs.directory"])
def test_an_interruption_while_something_is_imported_is_told_without_a_traceback(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupting:
        """Finds nothing, and somebody presses Ctrl-C meanwhile."""

        def find_spec(self, name: str, *_: object) -> None:
            if name == module:
                os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr(sys, "argv", ["plimsoll", "runs"])
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err) == (130, "interrupted\n")
