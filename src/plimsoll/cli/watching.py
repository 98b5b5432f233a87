"""What a terminal shows while a run goes on: a live view, or plain lines where output is piped."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

    from plimsoll.core.interval import Interval
    from plimsoll.core.profile import Profile
    from plimsoll.report.live import LiveState
    from plimsoll.runs.facts import RunFacts

REFRESH_PER_S = 2
LINE_EVERY_S = 5.0


class Quiet:
    """Shows nothing: for --json."""

    def began(self, facts: "RunFacts", profile: "Profile") -> None:
        pass

    def measured(self, interval: "Interval") -> None:
        pass

    def close(self) -> None:
        pass


class LiveWatcher:
    """The live view on a terminal; elsewhere a line every few seconds. Writes to stderr, so that stdout stays clean."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._live: Live | None = None
        self._state: LiveState | None = None
        self._began = 0.0
        self._next_line_s = LINE_EVERY_S
        self._lines = 0

    def began(self, facts: "RunFacts", profile: "Profile") -> None:
        from plimsoll.report.live import LiveState
        from plimsoll.report.words import environment_words

        by_iterations = profile.executor == "iterations"
        self._state = LiveState(
            scenario=facts.scenario,
            environment=environment_words(facts),
            profile=facts.profile_name,
            planned_s=None if by_iterations else profile.total_s,
            planned_journeys=profile.iterations,
            open_loop=facts.open_loop,
        )
        self._began = time.monotonic()
        if self._console.is_terminal:
            self._show()

    def _show(self) -> None:
        from rich.live import Live

        from plimsoll.report.live import LiveView

        assert self._state is not None
        self._live = Live(
            LiveView(self._state), console=self._console, refresh_per_second=REFRESH_PER_S, transient=True
        )
        self._live.start()

    def measured(self, interval: "Interval") -> None:
        assert self._state is not None
        self._state.add(interval)
        self._state.elapsed_s = max(self._state.elapsed_s, time.monotonic() - self._began)
        if self._live is None and self._state.elapsed_s >= self._next_line_s:
            self._next_line_s += LINE_EVERY_S
            self._print_line(self._state)

    def _print_line(self, state: "LiveState") -> None:
        from plimsoll.report.live import live_line

        self._lines += 1
        self._console.print(live_line(state), highlight=False, soft_wrap=True)

    def close(self) -> None:
        """A run too short for a line by the clock gets one at its end."""
        if self._live is None and self._state is not None and self._state.elapsed_s and not self._lines:
            self._print_line(self._state)
        if self._live is not None:
            self._live.stop()
            self._live = None
