"""Tunings that are kept, as programs and pages are told of them: files are read again only where they have changed."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from plimsoll.core.tuning.listed import Listed
from plimsoll.report.tuning.listing import Row, row_of
from plimsoll.workflows.tuning.keeping import APPLIED, TUNING, all_kept
from plimsoll.workflows.tuning.listing import listed

HELD_MAX: Final = 4  # of some hundred kilobytes each; the one that was looked at longest ago goes
LISTED_MAX: Final = 50  # by a page: each that is new is a file to read
_Stamp = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class _Held:
    stamp: _Stamp
    found: Listed


class TuningShelf:
    """One for a server, asked from threads. Of those that are only listed a row is remembered."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._rows: dict[str, tuple[_Stamp, Row]] = {}
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._one_at_a_time = Lock()

    def newest(self, limit: int) -> tuple[list[Row], int]:
        """At most so many, the newest first, and how many there are besides."""
        with self._one_at_a_time:
            ids = all_kept(self.root)[::-1]
            self._rows = {id_: self._rows[id_] for id_ in ids if id_ in self._rows}
            rows = [self._row(id_, self._rows.get(id_)) for id_ in ids[:limit]]
        return rows, max(0, len(ids) - limit)

    def one(self, id_: str) -> Listed | None:
        """By its whole id, or "latest"; None where there is none. What somebody asks for is never a path."""
        ids = all_kept(self.root)
        name = ids[-1] if id_ == "latest" and ids else id_
        if name not in ids or (self.root / name).is_symlink():
            return None
        with self._one_at_a_time:
            return self._read(name)

    def _read(self, name: str) -> Listed:
        stamp, held = self._stamp(name), self._held.get(name)
        if held is None or held.stamp != stamp:
            held = self._held[name] = _Held(stamp, listed(self.root, name))
        self._held.move_to_end(name)
        while len(self._held) > HELD_MAX:
            self._held.popitem(last=False)
        return held.found

    def _row(self, id_: str, known: tuple[_Stamp, Row] | None) -> Row:
        stamp = self._stamp(id_)
        row = known[1] if known is not None and known[0] == stamp else row_of(listed(self.root, id_))
        self._rows[id_] = stamp, row
        return row

    def _stamp(self, id_: str) -> _Stamp:
        return _written_s(self.root / id_ / TUNING), _written_s(self.root / id_ / APPLIED)


def _written_s(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None
