"""A tuning's directory, `.plimsoll/tunings/<id>/`: the tuning, its migration and its reports, each file whole or not
at all; and what was applied of it. Without secrets, and without values of rows."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from plimsoll.core.errors import RunDirectoryError, UsageError
from plimsoll.core.json_values import CannotReadError
from plimsoll.core.tuning.advice import Tuning
from plimsoll.core.tuning.applied import Applied, applied_from_json, applied_to_json
from plimsoll.core.tuning.as_json import tuning_from_json, tuning_to_json
from plimsoll.core.units import format_bytes
from plimsoll.runs.directory import keep_out_of_git, read_json, write_whole
from plimsoll.tune.migrating.by_hand import by_hand
from plimsoll.tune.migrating.dividing import divisions
from plimsoll.tune.migrating.writing import migration, undo
from plimsoll.workflows.tuning.masking import masked

TUNING, MIGRATION, UNDO, APPLIED = "tuning.json", "migration.sql", "undo.sql", "applied.json"
REPORT, REPORT_MARKDOWN, BY_HAND = "report.html", "report.md", "by-hand.sql"
BYTES_MAX: Final = 64 << 20  # of one file that is read; statements and plans are bounded, and far below
LATEST: Final = "latest"
_T = TypeVar("_T")
_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,80}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A tuning that was kept, and what was applied of it; None where nothing was."""

    path: Path
    tuning: Tuning
    applied: Applied | None = None

    @property
    def id(self) -> str:
        return self.path.name


def new_id(started: datetime) -> str:
    """As runs have them: in the order of their beginnings, also within a second."""
    moment = started.microsecond * 4096 // 1_000_000
    return f"{started:%Y%m%d-%H%M%S}-{moment:03x}{secrets.token_hex(2)[:3]}"


def keep(tuning: Tuning, root: Path) -> Path:
    """Writes all files of a tuning; its directory. Raises RunDirectoryError where it cannot be written."""
    path = root / _checked(tuning.id)
    shown = masked(tuning)
    try:
        path.mkdir(parents=True, mode=0o700, exist_ok=True)
        keep_out_of_git(root)
        for name, text in _texts(tuning, shown).items():
            write_whole(path / name, text)
        write_whole(
            path / TUNING, json.dumps(tuning_to_json(shown), indent=1, allow_nan=False) + "\n"
        )  # it makes it one
    except OSError as error:
        raise RunDirectoryError(
            "cannot keep the tuning",
            where=str(path),
            why=error.strerror or str(error),
            remedy="free some space, or make the directory writable",
        ) from error
    return path


def keep_applied(path: Path, applied: Applied) -> None:
    """Raises RunDirectoryError where it cannot be written."""
    try:
        write_whole(path / APPLIED, json.dumps(applied_to_json(applied), indent=1, allow_nan=False) + "\n")
    except OSError as error:
        raise RunDirectoryError(
            "cannot keep what was applied", where=str(path / APPLIED), why=error.strerror or str(error)
        ) from error


def kept(root: Path, which: str | None) -> Kept:
    """By id, by an unambiguous beginning of one, or by path; the latest where none is named. Raises RunDirectoryError
    where there is none, or what is there cannot be read."""
    path = _found(root, which)
    return Kept(path, _tuning(path), _applied(path))


def all_kept(root: Path) -> list[str]:
    """Ids of tunings, the oldest first."""
    return [path.name for path in _directories(root)]


def _texts(tuning: Tuning, shown: Tuning) -> Mapping[str, str]:
    """What a person reads. Statements of a migration are not masked, which would change what they do."""
    from plimsoll.report.tuning.html import tuning_page
    from plimsoll.report.tuning.markdown import tuning_markdown

    more = by_hand(tuning)
    return ({BY_HAND: more} if more else {}) | {
        MIGRATION: migration(tuning),
        UNDO: undo(tuning),
        **divisions(tuning),
        REPORT: tuning_page(shown),
        REPORT_MARKDOWN: tuning_markdown(shown),
    }


def _checked(name: str) -> str:
    if not _ID.fullmatch(name):
        raise UsageError(
            "that is no tuning's id", why=f"{name[:80]!r} is not made of letters, digits, '.', '_' and '-'"
        )
    return name


def _found(root: Path, which: str | None) -> Path:
    name = which or LATEST
    as_path = Path(name)
    if which and _is_file(as_path / TUNING):
        return as_path
    there = _directories(root)
    if name == LATEST and there:
        return there[-1]
    matches = [path for path in there if _ID.fullmatch(name) and path.name.startswith(name)]
    matches = [path for path in matches if path.name == name] or matches
    if len(matches) == 1:
        return matches[0]
    raise _no_tuning(root, name, len(matches), any_there=bool(there))


def _no_tuning(root: Path, name: str, matches: int, *, any_there: bool) -> RunDirectoryError:
    why = f"{matches} tunings begin so" if matches else "there is no such tuning" if any_there else "there is none yet"
    remedy = "see what there is: plimsoll tune list" if any_there else "make one: plimsoll tune"
    return RunDirectoryError(f"cannot find tuning {name!r}", where=str(root), why=why, remedy=remedy)


def _directories(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if _ID.fullmatch(path.name) and (path / TUNING).is_file())


def _tuning(path: Path) -> Tuning:
    return _read(path / TUNING, tuning_from_json, "make it anew: plimsoll tune")


def _applied(path: Path) -> Applied | None:
    if not _is_file(path / APPLIED):
        return None
    remedy = f"move {APPLIED} away; then nothing is known of what was applied"
    return _read(path / APPLIED, applied_from_json, remedy)


def _read(path: Path, reader: Callable[[Any], _T], remedy: str) -> _T:
    try:
        if path.stat().st_size > BYTES_MAX:
            raise CannotReadError("", f"it is larger than {format_bytes(BYTES_MAX)}")
        return reader(read_json(path))
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error), remedy) from error
    except CannotReadError as error:
        raise _unreadable(path, str(error), remedy) from None
    except UsageError as error:
        raise _unreadable(path, f"{error.where}: {error.why}" if error.where else error.why, remedy) from None
    except RecursionError:
        raise _unreadable(path, "it is nested too deeply", remedy) from None


def _unreadable(path: Path, why: str, remedy: str) -> RunDirectoryError:
    return RunDirectoryError(f"cannot read {path.name}", where=str(path.parent), why=why, remedy=remedy)


def _is_file(path: Path) -> bool:
    """Of what could be no path at all it is said that it is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
