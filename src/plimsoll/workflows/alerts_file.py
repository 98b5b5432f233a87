"""Alerts asked and silenced from beside a watch, through the file that it keeps them in."""

import fcntl
import os
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from plimsoll.core.errors import UsageError
from plimsoll.monitor.alerts.alert import Alert, RuleView, Silence
from plimsoll.monitor.alerts.book import AlertBook
from plimsoll.monitor.alerts.outbox import Errand
from plimsoll.monitor.alerts.places import Place, read_places
from plimsoll.monitor.alerts.ruling import Ruling
from plimsoll.monitor.alerts.saved import Saved
from plimsoll.monitor.alerts.silences import Silences, make_silence
from plimsoll.monitor.alerts.store import AlertStore
from plimsoll.monitor.alerts.telling import Notice
from plimsoll.monitor.alerts.webhook import RefusedByHookError
from plimsoll.settings.alerts import AlertSettings
from plimsoll.settings.masking import mask


@dataclass(frozen=True, slots=True)
class Overview:
    """What the last watch left, or a running one has just written down."""

    watching: bool
    rules: Sequence[RuleView]
    alerts: Sequence[Alert]
    silences: Sequence[Silence]
    deliveries: Sequence[Errand]


def overview(settings: AlertSettings, file: Path | None, now_s: float) -> Overview:
    """Raises SeriesStoreError; where there is no file there are the rules all the same."""
    book, saved = AlertBook(settings), Saved()
    if file is not None and file.exists():
        with closing(AlertStore(file)) as store:
            saved = store.load()
    book.tick(now_s)
    book.restore(saved, now_s)
    deliveries = sorted(saved.errands, key=lambda errand: errand.created_at, reverse=True)
    return Overview(watch_runs(file), book.rules(), book.active(), book.silences(), deliveries)


def watch_runs(file: Path | None) -> bool:
    """Whether some process writes into the file."""
    if file is None:
        return False
    with suppress(OSError):
        lock = os.open(file.with_name(f"{file.name}.lock"), os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
    return False


def known_history(settings: AlertSettings, file: Path | None, limit: int, rule: str | None) -> list[Alert]:
    """As `history`. Raises UsageError for a rule that there is not and of which nothing is kept."""
    found = history(file, limit, rule)
    if rule is not None and not found:
        Ruling(settings.rules).rule(rule)
    return found


def problems_of(settings: AlertSettings, environ: Mapping[str, str]) -> Sequence[str]:
    """What keeps people from being told."""
    try:
        return read_places(settings, environ)[1]
    except UsageError as error:
        return [str(error)]


def history(file: Path | None, limit: int, rule: str | None = None) -> list[Alert]:
    """Alerts that fired, the newest first, also those that still do."""
    if file is None or not file.exists():
        return []
    with closing(AlertStore(file)) as store:
        return store.history(limit, rule)


def silence(file: Path | None, matcher: str, *, now_s: float, for_s: float, author: str, reason: str) -> Silence:
    """A running watch heeds it within 10 seconds, a later one from its start. Raises UsageError, SeriesStoreError."""
    made = make_silence(uuid4().hex[:8], matcher, now_s=now_s, for_s=for_s, author=author, reason=reason)
    with closing(AlertStore(_needed(file))) as store:
        known = _known(store, now_s)
        known.add(made)
        store.add_silence(made)
    return made


def expire(file: Path | None, silence_id: str, now_s: float) -> Silence:
    """Ends a silence now. Raises UsageError where there is none of this id."""
    with closing(AlertStore(_needed(file))) as store:
        ended = _known(store, now_s).expire(silence_id, now_s)
        store.add_silence(ended)
    return ended


def _known(store: AlertStore, now_s: float) -> Silences:
    known = Silences()
    known.replace(store.given()[0], now_s)
    return known


def _needed(file: Path | None) -> Path:
    if file is None:
        raise UsageError("nothing is kept here", why="[monitor] names no store", remedy="--store FILE")
    return file


async def tell_test(
    settings: AlertSettings, environ: Mapping[str, str], watched: str, now_s: float
) -> tuple[list[tuple[str, str]], list[str]]:
    """Sends a message that says it is a test to all places: each with what was amiss, "" where nothing was; problems.

    Raises UsageError where there is no place.
    """
    places, problems = read_places(settings, environ)
    if not places:
        raise UsageError(
            "there is nobody to tell",
            why="; ".join(problems) or "[alerts] states neither notify nor webhooks",
            remedy='add for example notify = ["env:TEAM_CHAT"] to [alerts]',
        )
    alert = Alert(
        id="test", fingerprint="test", rule="notify_test", severity="warning", state="firing", series="test", labels={},
        value=0.0, threshold=0.0, unit="count", since=now_s, started_at=now_s,
        summary="this is a test message of plimsoll alerts notify-test; nothing is wrong",
    )  # fmt: skip
    notice = Notice(uuid4().hex, now_s, (alert,)).to_json() | {"test": True}
    return [(name, await _told(place, notice, watched, now_s)) for name, place in places.items()], problems


async def _told(place: Place, notice: Mapping[str, object], watched: str, now_s: float) -> str:
    try:
        await place.send(notice, watched, now_s)
    except RefusedByHookError as error:
        return mask(str(error))
    return ""
