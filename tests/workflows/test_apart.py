"""A run analyzed in a process of its own: what comes of it, and what is said where nothing does."""

import asyncio
from pathlib import Path

from plimsoll.workflows.analyzing.apart import analyze_apart


def test_what_went_wrong_is_told_in_words(tmp_path: Path) -> None:
    said = asyncio.run(analyze_apart(tmp_path, "20260214-101500-3fa2"))
    assert said.startswith("cannot find run '20260214-101500-3fa2'")
    assert "Traceback" not in said


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    said = asyncio.run(analyze_apart(tmp_path, "20260214-101500-3fa2", limit_s=0.0))
    assert said == "the analysis was ended: it took longer than 0 s"
