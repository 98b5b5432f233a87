"""The rules as they hold now: those of the settings, with what was changed of them while running."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from difflib import get_close_matches

from plimsoll.core.errors import UsageError
from plimsoll.core.series.catalogue import info_of
from plimsoll.monitor.alerts.alert import Override, RuleView
from plimsoll.settings.alert_rules import Rule, retuned


class Ruling:
    """Looked up by the name of a series."""

    def __init__(self, stated: Mapping[str, Rule]) -> None:
        self._stated = stated
        self.overrides: dict[str, Override] = {}
        self._arrange()

    def _arrange(self) -> None:
        self.rules = {name: overridden(rule, self.overrides.get(name)) for name, rule in self._stated.items()}
        enabled = [rule for rule in self.rules.values() if rule.enabled]
        self._by_series: dict[str, list[Rule]] = {}
        for rule in enabled:
            self._by_series.setdefault(rule.series.name, []).append(rule)
        self.facts_wanted: Collection[str] = {one.series.name for rule in enabled for one in rule.conditions}

    def of(self, series: str) -> Sequence[Rule]:
        """The enabled rules for series of a name."""
        return self._by_series.get(series, ())

    def rule(self, name: str) -> Rule:
        """Raises UsageError with the nearest right name."""
        if name not in self.rules:
            nearest = get_close_matches(name, self.rules, n=1)
            remedy = f"did you mean {nearest[0]!r}?" if nearest else "plimsoll alerts list shows them"
            raise UsageError(f"unknown alert rule {name!r}", remedy=remedy)
        return self.rules[name]

    def override(self, change: Override) -> Rule:
        """The rule as it is from now on. Raises UsageError for what the rule cannot be."""
        self.rule(change.rule)
        stated = self._stated[change.rule]
        overridden(stated, change)  # what cannot be is refused before anything changes
        if change.enabled is None and not change.thresholds:
            self.overrides.pop(change.rule, None)
        else:
            self.overrides[change.rule] = change
        self._arrange()
        return self.rules[change.rule]

    def replace(self, changes: Iterable[Override]) -> None:
        """What holds from now on, of rules that are there; what does not fit any more is left out."""
        self.overrides = {change.rule: change for change in changes if _fits(self._stated.get(change.rule), change)}
        self._arrange()


def overridden(rule: Rule, change: Override | None) -> Rule:
    """Raises UsageError for thresholds of severities that the rule has not, or in the wrong order."""
    if change is None:
        return rule
    thresholds = {level.severity: level.threshold for level in rule.levels}
    foreign = [severity for severity in change.thresholds if severity not in thresholds]
    if foreign:
        known = ", ".join(thresholds)
        raise UsageError(f"rule {rule.name} has no threshold for {foreign[0]}", why=f"it has one for {known}")
    if change.thresholds:
        rule = retuned(rule, {**thresholds, **change.thresholds})
    return rule if change.enabled is None else replace(rule, enabled=change.enabled)


def view_of(rule: Rule, override: Override | None, states: Mapping[str, int]) -> RuleView:
    """The rule as people are shown it."""
    return RuleView(
        name=rule.name,
        series=str(rule.series),
        direction=rule.direction,
        levels=[asdict(level) for level in rule.levels],
        unit=info_of(rule.series.name).unit,
        for_s=rule.for_s,
        keep_s=rule.keep_s,
        no_data_s=rule.no_data_s,
        when=None if rule.when is None else str(rule.when),
        unless=None if rule.unless is None else str(rule.unless),
        summary=rule.summary,
        runbook=rule.runbook,
        enabled=rule.enabled,
        builtin=rule.builtin,
        override=override,
        states=dict(states),
    )


def _fits(rule: Rule | None, change: Override) -> bool:
    try:
        return rule is not None and overridden(rule, change) is not None
    except UsageError:
        return False
