"""Every mistake in a seed plan is named by its place, whatever it is; what is right is read as it was meant."""

from datetime import datetime

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.data.plan.reading import read_plan
from plimsoll.data.plan.values import Distribution

NOW = "now = 2026-06-30T18:00:00Z\n"
COLUMN = f"{NOW}[tables.t.columns]\n"


@pytest.mark.parametrize(
    "text",
    ["now =", "now = " + "[" * 3000, "rows = " + "9" * 5000, "a = 1\na = 2"],
    ids=["half a line", "nested without end", "a number without end", "said twice"],
)
def test_what_is_no_toml_is_told_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"the seed plan is no TOML \(p\.toml\)"):
        read_plan(text, where="p.toml")


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("rows = 1", "now", "it is missing"),
        ("now = 12:00:00", "now", "is no time"),
        ("now = 0001-01-01T00:00:00+05:00", "now", "not from 1900 to 2250"),
        (f"{NOW}rows = 1e5", "rows", "no whole number from 0"),
        (f"{NOW}seed = -1", "seed", "no whole number from 0"),
        (f"{COLUMN}c = {{values = []}}", "tables.t.columns.c.values", "there is none"),
        (f"{COLUMN}c = {{values = {{a = -1}}}}", "tables.t.columns.c.values.a", "-1 is not 0 or more"),
        (f"{NOW}span = '99999999d'", "span", "more than a hundred years"),
        (f"{NOW}span = -5", "span", "no duration"),
        (f"{NOW}skip = 't'", "skip", "no list"),
        (f"{NOW}tables = [1]", "tables", "no table"),
        (f"{NOW}[tables.t]\nsize = 3", "tables.t.size", "of which groups"),
        (f"{NOW}[tables.t]\nper = 3", "tables.t.per", "is no text"),
        (f"{COLUMN}c = 3", "tables.t.columns.c", "no table"),
        (f"{COLUMN}c = {{values = ['a'], value = 'b'}}", "tables.t.columns.c", "states values and value"),
        (f"{COLUMN}c = {{values = {{a = 0}}}}", "tables.t.columns.c.values", "all weights are 0"),
        (f"{COLUMN}c = {{values = {{a = 'x'}}}}", "tables.t.columns.c.values.a", "neither a number nor a duration"),
        (f"{COLUMN}c = {{values = [[1]]}}", "tables.t.columns.c.values", "no text, number or boolean"),
        (f"{COLUMN}c = {{zipf = 1e9}}", "tables.t.columns.c.zipf", "not from 0 to 20"),
        (f"{COLUMN}c = {{null = 2}}", "tables.t.columns.c.null", "not from 0 to 1"),
        (f"{COLUMN}c = {{delay = '5m'}}", "tables.t.columns.c.delay", "nothing without after"),
        (f"{COLUMN}c = {{number = {{}}}}", "tables.t.columns.c.number", "no kind"),
        (f"{COLUMN}c = {{number = {{normal = {{mean = 1}}}}}}", "tables.t.columns.c.number.normal", "sd is missing"),
        (f"{COLUMN}c = {{number = {{poisson = {{mean = 1e9}}}}}}", "tables.t.columns.c.number.poisson.mean", "large"),
        (f"{COLUMN}c = {{number = {{mixture = {{parts = []}}}}}}", "tables.t.columns.c.number.mixture", "1 to 20"),
        (f"{COLUMN}c = {{time = {{days = [1]}}}}", "tables.t.columns.c.time.days", "7 weights"),
        (f"{COLUMN}c = {{time = {{from = '-9999999d'}}}}", "tables.t.columns.c.time.from", "hundred years"),
        (f"{COLUMN}c = {{time = {{from = 'now', to = '-1d'}}}}", "tables.t.columns.c.time", "later than to"),
        (f"{COLUMN}c = {{among = {{table = 'u'}}}}", "tables.t.columns.c.among.take", "missing"),
        (f"{COLUMN}c = {{cases = [{{}}]}}", "tables.t.columns.c.cases[0].when", "no table"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_its_place(text: str, where: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_plan(text, where="p.toml")
    assert f"(p.toml, {where})" in str(caught.value)
    assert why in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "where", "nearest"),
    [
        (f"{NOW}row = 1", "p.toml", "rows"),
        (f"{NOW}[tables.t]\nsizes = 1", "p.toml, tables.t", "size"),
        (f"{COLUMN}c = {{valu = 1}}", "p.toml, tables.t.columns.c", "value"),
        (f"{COLUMN}c = {{number = {{lognorml = 1}}}}", "p.toml, tables.t.columns.c.number", "lognormal"),
        (f"{COLUMN}c = {{time = {{hour = []}}}}", "p.toml, tables.t.columns.c.time", "hours"),
        (f"{COLUMN}c = {{among = {{tabel = 'u'}}}}", "p.toml, tables.t.columns.c.among", "table"),
        (f"{COLUMN}c = {{cases = [{{wen = 1}}]}}", "p.toml, tables.t.columns.c.cases[0]", "when"),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest(text: str, where: str, nearest: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_plan(text, where="p.toml")
    assert f"({where})" in str(caught.value)
    assert caught.value.remedy == f"did you mean {nearest!r}?"


def test_times_are_utc_and_may_be_stated_from_now_on() -> None:
    plan = read_plan("now = 2026-06-30T20:00:00+02:00\n[tables.t.columns]\nc = {time = {from = '-1d'}}", where="p")
    pattern = plan.tables["t"].columns["c"].time
    assert plan.now == datetime(2026, 6, 30, 18)  # noqa: DTZ001  # UTC without a zone is our form
    assert pattern is not None
    assert (plan.now - pattern.start).total_seconds() == 86_400
    assert pattern.end == plan.now


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (f"{NOW}seed = 1.5", "seed = 1"),
        (f"{NOW}locale = 'de'", '["de"]'),
        (f"{COLUMN}c = {{time = {{from = '2026-13-01'}}}}", '"+90d"'),
    ],
)
def test_the_remedy_is_for_that_very_key(text: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_plan(text, where="p.toml")
    assert remedy in str(caught.value.remedy)


def test_values_are_kept_as_postgresql_takes_them() -> None:
    plan = read_plan(f"{COLUMN}c = {{values = [1, true, 2026-01-31, 08:30:00]}}", where="p")
    assert plan.tables["t"].columns["c"].values == (1, True, "2026-01-31", "08:30:00")


def test_durations_may_stand_wherever_numbers_do() -> None:
    plan = read_plan(f"{COLUMN}c = {{after = 'a', delay = {{lognormal = {{median = '2h', sigma = 1}}}}}}", where="p")
    assert plan.tables["t"].columns["c"].delay == Distribution("lognormal", {"median": 7200.0, "sigma": 1.0})
