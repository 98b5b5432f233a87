"""Alert rules: what is judged, by which thresholds, for how long; from tables of TOML, and those that are built in."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from plimsoll.core.errors import UsageError
from plimsoll.core.series.catalogue import APPLICATION_PREFIX, CATALOGUE
from plimsoll.core.series.key import SeriesKey, parse_series
from plimsoll.settings.schema import RuleTable, Thresholds

Severity = Literal["warning", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)  # the mildest first
Direction = Literal["above", "below"]

NO_DATA_S: Final = 120.0
RULES_MAX: Final = 500
_DEFAULTS: Final = Path(__file__).with_name("alert_defaults.toml")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,59}")
BRACED: Final = re.compile(r"\{(\w+)\}")  # in summaries: what is put in
_CONDITION: Final = re.compile(r"(.+?)\s*([<>])\s*(-?[0-9.]+)\s*")


@dataclass(frozen=True, slots=True)
class Level:
    """A threshold with its severity; `clear` is where what was beyond the threshold must come back to."""

    severity: Severity
    threshold: float
    clear: float


@dataclass(frozen=True, slots=True)
class Condition:
    """`series > number` or `series < number`: it holds if it does for some series that fits."""

    series: SeriesKey
    direction: Direction
    threshold: float

    def __str__(self) -> str:
        return f"{self.series} {'>' if self.direction == 'above' else '<'} {self.threshold:g}"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is judged of each series that fits `series`. `levels` go from the mildest to the severest.

    `for_s`: a threshold must have been passed for so long. `keep_s`: it must have been clear for so long. `no_data_s`:
    a series unseen for so long has no data; None: it stays as it was. `tells_no_data`: people are told of that, too.
    It is judged only while `when` is known to hold, and not while `unless` is.
    """

    name: str
    series: SeriesKey
    direction: Direction
    levels: tuple[Level, ...]
    for_s: float = 0.0
    keep_s: float = 0.0
    no_data_s: float | None = NO_DATA_S
    tells_no_data: bool = False
    when: Condition | None = None
    unless: Condition | None = None
    summary: str = ""
    runbook: str = ""
    enabled: bool = True
    builtin: bool = False

    def fits(self, key: SeriesKey) -> bool:
        wanted = self.series
        return key.name == wanted.name if not wanted.labels else key.fits(wanted.name, wanted.labels)

    @property
    def conditions(self) -> Sequence[Condition]:
        """All that it asks for beside its own series."""
        return [condition for condition in (self.when, self.unless) if condition is not None]

    def beyond(self, value: float, threshold: float) -> bool:
        return value > threshold if self.direction == "above" else value < threshold


def make_rule(name: str, table: RuleTable, default: Rule | None = None) -> Rule:
    """The rule that a table states; of a built-in one only what is stated changes. Raises UsageError."""
    if not _NAME.fullmatch(name):
        raise _wrong(name, "a name is small letters, digits and _, at most 60")
    rule = default if default is not None and table.series is None else _new_rule(name, table)
    if rule is default:
        rule = _with_thresholds(rule, table)
    changes = {
        "for_s": table.for_s,
        "keep_s": table.keep,
        "when": None if table.when is None else read_condition(table.when),
        "unless": None if table.unless is None else read_condition(table.unless),
        "summary": table.summary,
        "runbook": table.runbook,
        "enabled": table.enabled,
    }
    rule = replace(rule, **{key: value for key, value in changes.items() if value is not None})  # type: ignore[arg-type]  # each of its field's type
    _refuse_unknown_words(rule)
    if table.no_data is None:
        return rule
    unseen_s = None if table.no_data == "ignore" else table.no_data
    return replace(rule, no_data_s=unseen_s, tells_no_data=unseen_s is not None)


def _new_rule(name: str, table: RuleTable) -> Rule:
    if table.series is None:
        raise _wrong(name, "it names no series", 'write for example series = "host_cpu_busy_percent" and above = 80')
    series = read_known_series(table.series)
    direction, stated = _stated(name, table)
    severity = table.severity or "warning"
    thresholds = {_severity(one, severity): value for one, value in stated}
    clear = {_severity(one, next(iter(thresholds))): value for one, value in table.clear or ()}
    return Rule(name, series, direction, _levels(name, direction, thresholds, clear))


def _stated(name: str, table: RuleTable) -> tuple[Direction, Thresholds]:
    if table.above is not None and table.below is None:
        return "above", table.above
    if table.below is not None and table.above is None:
        return "below", table.below
    raise _wrong(name, "it must state either above or below", "write for example above = 80")


def _with_thresholds(rule: Rule, table: RuleTable) -> Rule:
    """A rule with the thresholds of a table; what is not stated of `clear` keeps its distance."""
    stated: Thresholds = ()
    if table.above is not None or table.below is not None:
        direction, stated = _stated(rule.name, table)
        if direction != rule.direction:
            raise _wrong(
                rule.name, f"the built-in rule states {rule.direction}", "state its series, too, or another name"
            )
    severity = table.severity or rule.levels[0].severity
    if stated:
        rule = retuned(rule, {_severity(one, severity): value for one, value in stated})
    elif table.severity is not None:
        rule = replace(rule, levels=(replace(rule.levels[0], severity=severity),))
    if table.clear is None:
        return rule
    thresholds = {level.severity: level.threshold for level in rule.levels}
    clear = {_severity(one, rule.levels[0].severity): value for one, value in table.clear}
    return replace(rule, levels=_levels(rule.name, rule.direction, thresholds, clear))


def retuned(rule: Rule, thresholds: Mapping[Severity, float]) -> Rule:
    """The rule with these thresholds in place of its own; each level clears as far from its threshold as before."""
    margins = {level.severity: level.clear - level.threshold for level in rule.levels}
    clear = {severity: value + margins.get(severity, 0.0) for severity, value in thresholds.items()}
    return replace(rule, levels=_levels(rule.name, rule.direction, thresholds, clear))


def _levels(
    name: str, direction: Direction, thresholds: Mapping[Severity, float], clear: Mapping[Severity, float]
) -> tuple[Level, ...]:
    """In the order of severity; what clears must not still be beyond the threshold."""
    made = [Level(one, thresholds[one], clear.get(one, thresholds[one])) for one in SEVERITIES if one in thresholds]
    sign = 1.0 if direction == "above" else -1.0
    if any(sign * level.clear > sign * level.threshold for level in made):
        raise _wrong(name, "clear lies beyond the threshold", "an alert above 80 clears for example at 75")
    if len(made) == 2 and sign * made[0].threshold >= sign * made[1].threshold:
        raise _wrong(name, "critical comes before warning", "write for example {warning = 75, critical = 90}")
    return tuple(made)


def _refuse_unknown_words(rule: Rule) -> None:
    """What stands in braces in a summary must be something that is put in."""
    known = {"value", "series", *(label for label, _ in rule.series.labels)}
    info = CATALOGUE.get(rule.series.name)
    known |= set(info.labels) if info is not None else set()
    if re.search("[{}]", BRACED.sub("", rule.summary)):
        raise _wrong(
            rule.name, "a brace in its summary has no other", 'write for example summary = "{value} mails wait"'
        )
    unknown = [word for word in BRACED.findall(rule.summary) if info is not None and word not in known]
    if unknown:
        words = ", ".join(f"{{{word}}}" for word in ("value", "series", *sorted(known - {"value", "series"})))
        raise _wrong(
            rule.name, f"its summary names {{{unknown[0]}}}, which its series does not have", f"it may name {words}"
        )


def _severity(stated: str, otherwise: Severity) -> Severity:
    return next((one for one in SEVERITIES if one == stated), otherwise)


def read_known_series(text: str) -> SeriesKey:
    """A series of the catalogue, or one that an application tells. Raises UsageError with the nearest right name."""
    key = parse_series(text)
    info = CATALOGUE.get(key.name)
    if info is None and not key.name.startswith(APPLICATION_PREFIX):
        nearest = get_close_matches(key.name, CATALOGUE, n=1, cutoff=0.5)
        remedy = f"did you mean {nearest[0]!r}?" if nearest else "plimsoll alerts list shows series of rules"
        raise UsageError(f"unknown series {key.name!r}", remedy=remedy)
    foreign = [label for label, _ in key.labels if info is not None and label not in info.labels]
    if info is not None and foreign:
        known = f"it has {', '.join(info.labels)}" if info.labels else "it has none"
        raise UsageError(f"series {key.name} has no label {foreign[0]!r}", why=known)
    return key


def read_condition(text: str) -> Condition:
    """What `when` says. Raises UsageError."""
    match = _CONDITION.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        threshold = float(match[3])
    except ValueError:
        raise UsageError(
            f"this is not a condition: {text[:100]!r}",
            why="a condition is a series, < or >, and a number",
            remedy='write for example when = "database_blocks_read_per_s > 100"',
        ) from None
    return Condition(read_known_series(match[1]), "above" if match[2] == ">" else "below", threshold)


def _wrong(name: str, why: str, remedy: str = "") -> UsageError:
    return UsageError(f"wrong alert rule {name!r}", why=why, remedy=remedy)


@cache
def default_rules() -> Mapping[str, Rule]:
    """The rules that are built in, by name."""
    tables = tomllib.loads(_DEFAULTS.read_text(encoding="utf-8"))
    return {name: replace(make_rule(name, RuleTable.model_validate(one)), builtin=True) for name, one in tables.items()}
