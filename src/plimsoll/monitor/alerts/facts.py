"""What the conditions of rules are judged by: the newest values of the series that they name."""

from collections.abc import Collection
from typing import Final

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.settings.alert_rules import Condition, Rule

FRESH_S: Final = 120.0  # an older value says nothing of now
KNOWN_MAX: Final = 1_000  # beyond it new series are left out: a condition on them does not hold


class Facts:
    """Newest values with their times."""

    def __init__(self) -> None:
        self._known: dict[SeriesKey, tuple[float, float]] = {}

    def put(self, wanted: Collection[str], observation: Observation) -> None:
        if not wanted:
            return
        for key, value in observation.values.items():
            if key.name in wanted and (key in self._known or len(self._known) < KNOWN_MAX):
                self._known[key] = observation.at_s, value

    def admit(self, rule: Rule, at_s: float) -> bool | None:
        """Whether a rule is to be judged; None where that is not known."""
        if rule.unless is not None and self.hold(rule.unless, at_s):
            return False
        return True if rule.when is None else self.hold(rule.when, at_s)

    def hold(self, condition: Condition, at_s: float) -> bool | None:
        """Whether a condition holds for some series; None where nothing fresh is known of any."""
        wanted = condition.series
        fresh = [
            value
            for key, (seen_s, value) in self._known.items()
            if key.fits(wanted.name, wanted.labels) and abs(at_s - seen_s) <= FRESH_S
        ]
        if not fresh:
            return None
        above = condition.direction == "above"
        return any(value > condition.threshold if above else value < condition.threshold for value in fresh)
