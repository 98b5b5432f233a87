"""What a terminal shows while `plimsoll find` goes on: a line for each step, and under it the run as any other."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plimsoll.cli.watching import LiveWatcher, Quiet
    from plimsoll.core.load_line import LineStep, Probe


class Following:
    """Writes to stderr, so that stdout holds the result only; says nothing where `quiet`."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._watcher: LiveWatcher | Quiet | None = None

    def probing(self) -> None:
        self.said("probing with a few users")

    def probed(self, probe: "Probe") -> None:
        from plimsoll.core.units import format_ms, format_rate

        self.said(f"{probe.users} users reached {format_rate(probe.rate_per_s)}, p50 {format_ms(probe.p50_ms)}")

    def next_step(self, number: int, of: int, rate: float) -> "LiveWatcher | Quiet":
        from rich.console import Console

        from plimsoll.cli.watching import LiveWatcher, Quiet
        from plimsoll.core.units import format_rate

        self.said(f"step {number} of {of} at most: {format_rate(rate)}")
        console = Console(stderr=True)
        self._watcher = LiveWatcher(console) if console.is_terminal and not self._quiet else Quiet()
        return self._watcher

    def stepped(self, step: "LineStep") -> None:
        from plimsoll.report.load_line.words import step_words

        self.said(f"  {step_words(step)}")

    def said(self, text: str) -> None:
        self.close()
        if not self._quiet:
            print(text, file=sys.stderr)

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
