"""Which files are served as reports."""

import os
from pathlib import Path

from plimsoll.server.dashboard.reports import opened


def test_a_report_is_a_file_of_its_run_and_nothing_that_a_link_leads_to(tmp_path: Path) -> None:
    secret, root = tmp_path / "secret.html", tmp_path / "runs"
    secret.write_text("of somebody else")
    (root / "a").mkdir(parents=True)
    (root / "a" / "report.html").write_text("of the run")
    file = opened(root, root / "a" / "report.html")
    assert file is not None
    with file:
        assert file.read() == b"of the run"
    (root / "a" / "out.html").symlink_to(secret)
    (root / "a" / "in.html").symlink_to(root / "a" / "report.html")
    (root / "b").symlink_to(tmp_path)
    os.mkfifo(root / "a" / "pipe.html")
    for name in ("a/out.html", "a/in.html", "a/pipe.html", "a", "b/secret.html", "../secret.html", "a/nothing"):
        assert opened(root, root / name) is None
