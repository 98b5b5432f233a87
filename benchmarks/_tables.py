"""Results as Markdown tables, printed and, where asked for, put between markers of a document. Writing twice is the
same as writing once."""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks._machine import command, machine, versions

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ours, the peer's, their ratio, the bound it has to keep ("" for none) and whether it does."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    bound: str = ""
    kept: bool | None = None

    def cells(self) -> list[str]:
        kept = {None: "", True: "yes", False: "**no**"}[self.kept]
        return [self.what, self.ours, self.peer, self.ratio, self.bound, kept]


HEADINGS = ("what", "ours", "peer", "ratio", "bound", "kept")


def options(description: str, *, pairs: int = 1, seconds: float = 10.0) -> argparse.ArgumentParser:
    """What every benchmark takes, so that `make bench ARGS=...` may say it to all of them."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--pairs", type=int, default=pairs, help=f"repetitions, each beside its peer ({pairs})")
    parser.add_argument("--seconds", type=float, default=seconds, help=f"of load in each of them ({seconds:g})")
    parser.add_argument("--write", action="store_true", help="also put the table into docs/benchmarks.md")
    return parser


def finish(name: str, rows: Sequence[Row], *, notes: Sequence[str] = (), more_versions: Sequence[str] = ()) -> str:
    """Prints the table and what it was measured on; writes it where `--write` was given. Returns the Markdown."""
    text = "\n".join(
        [
            *table(HEADINGS, [row.cells() for row in rows]),
            "",
            *(f"- {note}" for note in notes),
            f"- measured on {machine()}, {datetime.now(UTC):%Y-%m-%d}",
            f"- {versions(*more_versions)}",
            f"- `{command().replace(' --write', '')}`",
        ]
    )
    print(text)
    if "--write" in sys.argv:
        put(DOCUMENT, name, text)
    return text


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_line(headings), _line(["---"] * len(headings)), *(_line(row) for row in rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def put(document: Path, name: str, text: str) -> None:
    """Replaces what stands between the markers of `name`, which must be there."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before = document.read_text(encoding="utf-8")
    pattern = re.compile(rf"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(before):
        raise SystemExit(f"{document.name} has no place for {name!r}: it wants the line {begin}")
    document.write_text(pattern.sub(lambda _: f"{begin}\n{text}\n{end}", before), encoding="utf-8")
