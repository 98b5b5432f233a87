"""Reading a seed plan from TOML: every mistake is named with its table, column and key."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from plimsoll.core.errors import UsageError
from plimsoll.data.plan.numbers import (
    flag,
    listed,
    number,
    read_counts,
    read_distribution,
    refuse,
    refuse_unknown,
    text,
    whole,
)
from plimsoll.data.plan.times import moment, seconds
from plimsoll.data.plan.values import (
    Among,
    Case,
    ColumnPlan,
    Condition,
    Distribution,
    SeedPlan,
    Span,
    TablePlan,
    TimePattern,
)
from plimsoll.data.plausible.text import has_words, languages

ROWS_MAX: Final = 10**10
SKEW_MAX: Final = 20.0  # Zipf's s; the first value is then all but the only one
DEPTH_MAX: Final = 5  # of cases and objects within each other
_TOP: Final = ("seed", "now", "rows", "span", "locale", "skip", "tables")
_TABLE: Final = ("rows", "per", "size", "where", "columns")
_SOURCES: Final = (
    "values", "value", "number", "words", "time", "after", "copy", "among", "template", "formula", "json", "cases",
    "first",
)  # fmt: skip
_COLUMN: Final = (*_SOURCES, "zipf", "language", "delay", "before", "future", "otherwise", "null")
_AMONG: Final = ("table", "take", "by", "where", "other_than", "distinct")
_TIME: Final = ("from", "to", "days", "hours", "growth")
_SCALARS: Final = (str, int, float, bool)


def read_plan(source: str, *, where: str) -> SeedPlan:
    """A seed plan. Raises UsageError for what is no TOML, unknown, of a wrong kind or out of bounds."""
    try:
        said = tomllib.loads(source)
    except (ValueError, RecursionError) as error:  # a TOMLDecodeError, or a number or a nesting beyond all bounds
        raise UsageError("the seed plan is no TOML", where=where, why=str(error), remedy="mend that line") from None
    refuse_unknown(said, _TOP, where)
    now = moment(said.get("now"), f"{where}, now")
    tables = said.get("tables", {})
    if not isinstance(tables, dict):
        refuse(f"{where}, tables", "it is no table", "[tables.NAME]")
    return SeedPlan(
        now=now,
        seed=whole(said.get("seed", 1), f"{where}, seed", 0, 2**63 - 1),
        rows=whole(said.get("rows", 100), f"{where}, rows", 0, ROWS_MAX),
        locale=_locale(said.get("locale", ["en"]), f"{where}, locale"),
        span_s=seconds(said.get("span", "365d"), f"{where}, span"),
        tables={name: _table(table, f"{where}, tables.{name}", now) for name, table in tables.items()},
        skip=tuple(listed(said.get("skip", []), f"{where}, skip", str)),
    )


def _locale(said: Any, where: str) -> tuple[str, ...]:
    return tuple(_language(one, where) for one in listed(said, where, str)) or ("en",)


def _language(said: str, where: str) -> str:
    """One that has words; a mistyped one would be English without a word of it."""
    if not has_words(said):
        refuse(where, f"there are no words in {said!r}", f"one of {', '.join(languages())}")
    return said


def _table(said: Any, where: str, now: datetime) -> TablePlan:
    said = _object(said, where)
    refuse_unknown(said, _TABLE, where)
    columns = _object(said.get("columns", {}), f"{where}.columns")
    for key in ("size", "where"):
        if key in said and "per" not in said:
            refuse(f"{where}.{key}", "of which groups?", 'per = "FOREIGN_KEY_COLUMN"')
    return TablePlan(
        rows=whole(said["rows"], f"{where}.rows", 0, ROWS_MAX) if "rows" in said else None,
        per=text(said["per"], f"{where}.per") if "per" in said else None,
        size=read_counts(said["size"], f"{where}.size") if "size" in said else None,
        where=_Column(where, now).conditions(said.get("where", {}), f"{where}.where"),
        columns={name: _Column(f"{where}.columns.{name}", now).read(plan) for name, plan in columns.items()},
    )


class _Column:
    """Reads one column's plan; `where` names it in errors."""

    def __init__(self, where: str, now: datetime, depth: int = 0) -> None:
        self._where = where
        self._now = now
        self._depth = depth
        if depth > DEPTH_MAX:
            refuse(where, f"it is nested deeper than {DEPTH_MAX}", "use fewer levels")

    def read(self, said: Any) -> ColumnPlan:
        said = _object(said, self._where)
        refuse_unknown(said, _COLUMN, self._where)
        stated = [name for name in _SOURCES if name in said]
        if len(stated) > 1:
            refuse(self._where, f"it states {' and '.join(stated)}", "state one source of values")
        self._needs(said, "delay", "after")
        self._needs(said, "before", "after")
        self._needs(said, "future", "after")
        self._needs(said, "otherwise", "cases", "first")
        self._needs(said, "language", "words")
        values, weights = self._values(said)
        return ColumnPlan(
            values=values,
            weights=weights,
            zipf=number(said["zipf"], f"{self._where}.zipf", 0, SKEW_MAX) if "zipf" in said else None,
            number=self._distribution(said, "number"),
            words=self._words(said["words"]) if "words" in said else None,
            language=self._language(said),
            time=self._time(said["time"]) if "time" in said else None,
            after=self._text(said, "after"),
            delay=read_counts(said["delay"], f"{self._where}.delay") if "delay" in said else None,
            before=self._text(said, "before"),
            future=self._flag(said["future"], "future") if "future" in said else None,
            copy=self._text(said, "copy"),
            among=self._among(said["among"]) if "among" in said else None,
            template=self._text(said, "template"),
            formula=self._text(said, "formula"),
            json=self._json(said["json"]) if "json" in said else None,
            cases=self._cases(said.get("cases", [])),
            first=self._first(said["first"]) if "first" in said else (),
            otherwise=self._within("otherwise").read(said["otherwise"]) if "otherwise" in said else None,
            null=number(said["null"], f"{self._where}.null", 0, 1) if "null" in said else None,
        )

    def _needs(self, said: Mapping[str, Any], key: str, *others: str) -> None:
        if key in said and not any(other in said for other in others):
            either = " or ".join(others)
            refuse(f"{self._where}.{key}", f"it says nothing without {either}", f"state {either} too")

    def _within(self, name: str) -> "_Column":
        return _Column(f"{self._where}.{name}", self._now, self._depth + 1)

    def _text(self, said: Mapping[str, Any], key: str) -> str | None:
        return text(said[key], f"{self._where}.{key}") if key in said else None

    def _distribution(self, said: Mapping[str, Any], key: str) -> Any:
        return read_distribution(said[key], f"{self._where}.{key}") if key in said else None

    def _words(self, said: Any) -> Distribution | str:
        where = f"{self._where}.words"
        if isinstance(said, dict) and "formula" in said:
            refuse_unknown(said, ("formula",), where)
            return text(said["formula"], f"{where}.formula")
        return read_counts(said, where)

    def _language(self, said: Mapping[str, Any]) -> str | None:
        """A language's name, or "column:" and where it stands."""
        found = self._text(said, "language")
        plain = found is not None and not found.startswith("column:")
        return _language(found, f"{self._where}.language") if plain and found else found

    def _flag(self, said: Any, key: str) -> bool:
        if not isinstance(said, bool):
            refuse(f"{self._where}.{key}", f"{said!r} is neither true nor false", f"{key} = true")
        return bool(said)

    def _values(self, said: Mapping[str, Any]) -> tuple[tuple[Any, ...], tuple[float, ...]]:
        where = f"{self._where}.values"
        if "value" in said:
            return (self._scalar(said["value"], f"{self._where}.value"),), ()
        if "values" not in said:
            return (), ()
        values = said["values"]
        if isinstance(values, dict):
            weights = tuple(number(weight, f"{where}.{name}", 0) for name, weight in values.items())
            if not sum(weights) > 0:
                refuse(where, "all weights are 0", "give one of them a weight")
            return tuple(values), weights
        if values in ([], {}):
            refuse(where, "there is none", 'values = ["a", "b"], or { null = 1 } for NULL alone')
        if not isinstance(values, list):
            refuse(where, "it is neither a list nor a table of weights", 'values = ["a", "b"] or {a = 2, b = 1}')
        return tuple(self._scalar(value, where) for value in values), ()

    def _scalar(self, value: Any, where: str) -> Any:
        if isinstance(value, date | time):
            return value.isoformat()
        if not isinstance(value, _SCALARS):
            refuse(where, f"{value!r} is no text, number or boolean", "write it as text")
        return value

    def _time(self, said: Any) -> TimePattern:
        where = f"{self._where}.time"
        said = _object(said, where)
        refuse_unknown(said, _TIME, where)
        start, end = (self._moment(said.get(key, default), f"{where}.{key}") for key, default in _SPAN)
        if start > end:
            refuse(where, "from is later than to", "exchange them")
        days = self._weights(said.get("days", []), f"{where}.days", 7)
        hours = self._weights(said.get("hours", []), f"{where}.hours", 24)
        growth = number(said.get("growth", 1.0), f"{where}.growth", 0.001, 1000)
        return TimePattern(start, end, days, hours, growth)

    def _weights(self, said: Any, where: str, count: int) -> tuple[float, ...]:
        weights = tuple(number(weight, where, 0) for weight in listed(said, where, (int, float)))
        if weights and (len(weights) != count or not sum(weights) > 0):
            refuse(where, f"it needs {count} weights, not all 0", f"a list of {count} numbers")
        return weights

    def _moment(self, said: Any, where: str) -> datetime:
        if said == "now":
            return self._now
        if isinstance(said, str) and said.startswith("-"):
            return self._now - timedelta(seconds=seconds(said.removeprefix("-"), where))
        if isinstance(said, str) and said.startswith("+"):
            return self._now + timedelta(seconds=seconds(said.removeprefix("+"), where))
        return moment(said, where, _MOMENT)

    def _among(self, said: Any) -> Among:
        where = f"{self._where}.among"
        said = _object(said, where)
        refuse_unknown(said, _AMONG, where)
        return Among(
            table=text(said.get("table"), f"{where}.table"),
            take=text(said.get("take"), f"{where}.take"),
            by=text(said["by"], f"{where}.by") if "by" in said else None,
            where=self.conditions(said.get("where", {}), f"{where}.where"),
            other_than=text(said["other_than"], f"{where}.other_than") if "other_than" in said else None,
            distinct=self._flag(said.get("distinct", False), "among.distinct"),
        )

    def _json(self, said: Any) -> Mapping[str, ColumnPlan]:
        fields = _object(said, f"{self._where}.json")
        return {name: self._within(f"json.{name}").read(plan) for name, plan in fields.items()}

    def _cases(self, said: Any) -> tuple[Case, ...]:
        where = f"{self._where}.cases"
        found = []
        for place, case in enumerate(listed(said, where, dict)):
            refuse_unknown(case, ("when", "then"), f"{where}[{place}]")
            when = self.conditions(case.get("when"), f"{where}[{place}].when")
            found.append(Case(when, self._within(f"cases[{place}].then").read(case.get("then"))))
        return tuple(found)

    def _first(self, said: Any) -> tuple[ColumnPlan, ...]:
        """Values, or plans of them."""
        where = f"{self._where}.first"
        plans = [one if isinstance(one, dict) else {"value": one} for one in listed(said, where, (dict, *_SCALARS))]
        return tuple(self._within(f"first[{place}]").read(plan) for place, plan in enumerate(plans))

    def conditions(self, said: Any, where: str) -> dict[str, Condition]:
        return {name: self._condition(one, f"{where}.{name}") for name, one in _object(said, where).items()}

    def _condition(self, said: Any, where: str) -> Condition:
        if isinstance(said, dict):
            refuse_unknown(said, ("from", "to"), where)
            low, high = (self._end(said[key], f"{where}.{key}") if key in said else None for key in ("from", "to"))
            return Span(low, high)
        return self._texts(said, where)

    def _end(self, said: Any, where: str) -> float | datetime:
        """A number, or a moment."""
        return number(said, where) if isinstance(said, int | float) else self._moment(said, where)

    def _texts(self, said: Any, where: str) -> tuple[str, ...]:
        values = said if isinstance(said, list) else [said]
        return tuple(flag(value) for value in (self._scalar(value, where) for value in values))


_MOMENT: Final = 'as 2026-06-30T18:00:00Z without quotes, "now", "-90d" or "+90d"'
_SPAN: Final = (("from", "-365d"), ("to", "now"))


def _object(said: Any, where: str) -> dict[str, Any]:
    if not isinstance(said, dict):
        refuse(where, "it is no table", "write it as { key = value }")
    return dict(said)
