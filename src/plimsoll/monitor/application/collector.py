"""The application, as its own Prometheus endpoint tells of it."""

import asyncio
from collections import deque
from collections.abc import Hashable, Sequence
from typing import Final

from plimsoll.core.observation import Event, Moment, Observation
from plimsoll.monitor.application.address import parse_address
from plimsoll.monitor.application.exposition import Exposition, Labels, Names, Sample, parse_exposition
from plimsoll.monitor.application.families import SERIES_MAX, Figures, application_rates, figures_of
from plimsoll.monitor.application.fetching import Answer, fetch
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.collecting.counters import Look, difference

ANSWER_S: Final = 5.0
IN_PLACE_BYTES: Final = 50_000  # a longer text is read in a thread, so that nothing else waits for it
STARTS_KEPT: Final = 32
_STARTED: Final = "process_start_time_seconds"


class ApplicationCollector:
    """Of one endpoint; several are told apart by `endpoint`, a label of all their series. Raises UsageError."""

    def __init__(self, url: str, period_s: float, endpoint: str = "") -> None:
        self._address = parse_address(url)
        self.name = f"application {self._address}"
        self.period_s = period_s
        self.budget_s = ANSWER_S
        self._own: Labels = (("endpoint", endpoint),) if endpoint else ()
        self._names = Names()
        self._before: Look[Hashable] | None = None
        self._starts: deque[float] = deque(maxlen=STARTS_KEPT)

    async def collect(self) -> Observation:
        answer = await fetch(self._address)
        moment = now()
        text = self._text_of(answer)
        if len(text) > IN_PLACE_BYTES:
            told, figures = await asyncio.to_thread(self._read, text)
        else:
            told, figures = self._read(text)
        if not told.samples and told.unreadable:
            raise CollectorLostError(f"{self._address} answers with something else than Prometheus' text")
        return self._seen(moment, told, figures)

    def _text_of(self, answer: Answer) -> str:
        if answer.status != 200:
            raise CollectorLostError(f"{self._address} answers with HTTP {answer.status}{_hint(answer.status)}")
        kind = answer.headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
        if kind not in ("text/plain", "application/openmetrics-text"):
            raise CollectorLostError(f"{self._address} answers with {kind[:60]}, which is not Prometheus' text")
        try:
            return answer.body.decode()
        except UnicodeDecodeError:
            raise CollectorLostError(f"{self._address} answers with something that is no text") from None

    def _read(self, text: str) -> tuple[Exposition, Figures]:
        told = parse_exposition(text, self._names)
        return told, figures_of(told, self._own)

    def _seen(self, moment: Moment, told: Exposition, figures: Figures) -> Observation:
        """A start that the application tells is an epoch: what was counted before it does not compare."""
        started = start_of(told.samples)
        look = Look(moment.steady_s, figures.counters, started)
        apart = difference(self._before, look, self.period_s)
        before, self._before = self._before, look
        values = dict(figures.values)
        if before is not None and apart is not None:
            values |= application_rates(apart, figures, before.counters)
        events, notes = self._restarts(moment, started), _notes(told, figures)
        return Observation(self.name, moment.wall_s, values, events=events, notes=(*notes, *self._taking_turns()))

    def _restarts(self, moment: Moment, started: float | None) -> Sequence[Event]:
        if started is None or (self._starts and self._starts[-1] == started):
            return ()
        newest = max(self._starts, default=None)
        self._starts.append(started)
        if newest is None or started < newest:
            return ()
        return (Event(moment.wall_s, "restart", f"{self._address} was begun anew", self.name),)

    def _taking_turns(self) -> Sequence[str]:
        """An earlier start that comes again is no restart."""
        if len(set(self._starts)) == len(self._starts):
            return ()
        return ("several processes answer in turn, each with figures of its own: rates are not known",)

    async def close(self) -> None:
        """Nothing is kept open."""


def application_collectors(urls: Sequence[str], period_s: float) -> list[ApplicationCollector]:
    """One for each endpoint; the series are told apart by where they come from if there are several."""
    if len(urls) == 1:
        return [ApplicationCollector(urls[0], period_s)]
    return [ApplicationCollector(url, period_s, str(parse_address(url)).partition("://")[2]) for url in urls]


def start_of(samples: Sequence[Sample]) -> float | None:
    return next((one.value for one in samples if one.name == _STARTED and not one.labels), None)


def _hint(status: int) -> str:
    if status in (401, 403):
        return ": its credentials are wanting (http://user:password@host/...)"
    return ": there is nothing under this path" if status == 404 else ""


def _notes(told: Exposition, figures: Figures) -> Sequence[str]:
    notes = []
    if left_out := told.left_out + figures.left_out:
        notes.append(f"{left_out} series beyond the first {SERIES_MAX} are left out")
    if told.unreadable:
        notes.append(f"{told.unreadable} lines could not be read")
    return notes
