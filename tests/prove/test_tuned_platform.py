"""Fluent Scribe with large data: what tuning saves of its database's time, and how much more load it carries then."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks._tables import ROOT, put, table
from plimsoll.core.tuning.proof import Proof
from plimsoll.core.units import format_bytes, format_rate, format_share
from plimsoll.workflows.tuning.keeping import Kept, kept

PROOFS = ROOT / "docs" / "proofs.md"
SHOWN_S_MAX = 3600.0
RAISED_MIN = 2.0  # times
SAVED_MIN = 0.6  # of the workload's database time


def shown(place: Path) -> dict[str, Any]:
    """The chapter on the large data, in a process of its own, which keeps its tuning in `place`."""
    words = ("-m", "plimsoll.cli.main", "demo", "--chapter", "tune", "--large", "--json")
    done = subprocess.run(
        [sys.executable, *words], cwd=place, capture_output=True, encoding="utf-8", timeout=SHOWN_S_MAX, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def between(line: dict[str, Any]) -> str:
    """The interval in which a load line lies."""
    if line["failed_per_s"] is None:
        return f"at least {format_rate(line['rate_per_s'])}"
    return f"{format_rate(line['rate_per_s'])} to {format_rate(line['failed_per_s'])}"


def time_left(together: Proof) -> str:
    """Of the workload's, with its interval of 95 %."""
    saved = together.saved_ms
    left, least, most = (1 - value / together.before_ms for value in (saved.value, saved.high, saved.low))
    return f"{format_share(left)} ({format_share(least)} to {format_share(most)})"


def changes_of(found: Kept) -> str:
    return "<br>".join(f"`{one.change.index.words}`" for one in found.tuning.advised if one.change.index is not None)


def test_tuning_raises_the_platforms_load_line(tmp_path: Path) -> None:
    told = shown(tmp_path)
    found = kept(tmp_path / ".plimsoll" / "tunings", told["tuning"])
    together = found.tuning.together
    assert together is not None
    before, after = told["before"], told["after"]
    rows = [
        ["load line", between(before), between(after)],
        ["the workload's database time", "100 %", time_left(together)],
        ["changes", "", changes_of(found)],
        ["their size", "", format_bytes(together.size_bytes)],
    ]
    put(PROOFS, "tuned_platform", "\n".join(table(["", "before", "after"], rows)))
    assert after["rate_per_s"] >= RAISED_MIN * before["rate_per_s"]
    assert together.saved_ms.value >= SAVED_MIN * together.before_ms
