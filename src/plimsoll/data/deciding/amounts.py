"""Which columns of numbers follow from others of their row, going by their names: total = net + tax."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from sqlglot import exp

from plimsoll.core.schema import Column, Table
from plimsoll.data.domain import Domain
from plimsoll.data.meaning.judging import Meaning, meaning_of, words_of
from plimsoll.data.meaning.naming import NUMBER
from plimsoll.data.plausible.siblings import Agreeing
from plimsoll.data.rows.adjusting import Defaulted
from plimsoll.data.rows.amounts import DISCOUNTS, PAID, TAX_RATES, Multiplied, Ranked, ShareOf, Summed
from plimsoll.data.rows.deriving import formulas
from plimsoll.data.rows.model import Link, Source, TableModel
from plimsoll.data.rows.sources import INTEGERS, Drawn, FromParent

# A column's role by its words, those of money left out ("amount", "cents"); the first that fits.
_ROLES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (role, re.compile(words))
    for role, words in (
        ("rate", r"(tax|vat|gst) (rate|percent|pct|percentage)"),
        ("quantity", r"(order |ordered |item )?(quantity|qty)( ordered)?|product uom qty"),
        ("unit", r"unit|(unit|item|single|list) price|price unit|price|price per unit"),
        (
            "net",
            r"net|sub ?total|untaxed|total net|net total|items? total|price subtotal|total excl( \w+)?|subtotal net",
        ),
        ("tax", r"(total |sales )?(tax|vat|gst)( total)?|taxes"),
        ("shipping", r"(total )?(shipping|freight|delivery|postage)( (cost|fee|total|price|charge))?"),
        ("discount", r"(total )?discount( total)?"),
        ("due", r"due|balance due|outstanding|residual|remaining|open"),
        ("paid", r"(total )?paid( total)?"),
        (
            "total",
            r"total|(grand|order|line|item|invoice|row) total|gross|gross total|total (price|gross|due|incl( \w+)?)",
        ),
    )
)
_SUMS: Final = ("unit", "net", "tax", "shipping", "discount", "due", "paid", "total")
_MONEY_WORDS: Final = re.compile(r"\b(amount|cents|in|value|sum|usd|eur|gbp|minor|units)\b")
_NAMES: Final = re.compile(r"\b(id|no|number|code|status|state|type|user|account)\b")  # numbers that have no order
_PAIRS: Final = (("min", "max"), ("minimum", "maximum"), ("low", "high"), ("lowest", "highest"), ("lower", "upper"),
                 ("start", "end"), ("from", "to"), ("first", "last"), ("least", "most"))  # fmt: skip


def roles_of(table: Table) -> dict[str, str]:
    """The column that plays each part; of several for one part, the first."""
    found: dict[str, str] = {}
    reckoned = _sum_of(table)
    for column in table.columns:
        role = _role(column)
        if role is not None and (_may_follow(table, column) or _is_part(table, column, role, reckoned)):
            found.setdefault(role, column.name)
    return found


def _sum_of(table: Table) -> str | None:
    """The column that a check makes the sum of a net amount and what goes with it."""
    roles = {column.name: _role(column) for column in table.columns}
    for name, formula in formulas(table, table.checks).items():
        parts = {roles.get(column.name) for column in formula.find_all(exp.Column)}
        if roles.get(name) == "total" and "net" in parts and parts <= {"net", "tax", "shipping", "discount"}:
            return name
    return None


def _is_part(table: Table, column: Column, role: str, reckoned: str | None) -> bool:
    """Whether it may follow though checks compare it: as the sum does, and what is paid of that."""
    checks = [set(one.columns) for one in table.checks if column.name in one.columns and len(set(one.columns)) > 1]
    others = [names for names in checks if reckoned not in names]
    paid = role in ("paid", "total") or all(len(names) > 2 for names in checks)
    return reckoned is not None and not others and paid and _is_plain(column)


def pairs_of(table: Table) -> list[tuple[str, str]]:
    """The lower and the upper of two numbers, by names that differ in that: min_price and max_price."""
    found = []
    known = {
        words: column
        for column in table.columns
        if _is_number(column) and not _NAMES.search(words := words_of(column.name))
    }
    for words, column in known.items():
        for low, high in _PAIRS:
            upper = known.get(re.sub(rf"\b{low}\b", high, words, count=1)) if re.search(rf"\b{low}\b", words) else None
            if upper and upper is not column and _may_follow(table, column) and _may_follow(table, upper):
                found.append((column.name, upper.name))
    return found


def follow(model: TableModel, domains: Mapping[str, Domain], taken: Collection[str]) -> None:
    """Sets the sources of amounts and of ends of ranges that nothing but their meaning decides."""
    sources, bound = model.sources, {*taken, *model.keys}
    for name, source in _currencies(model, domains).items():
        if name not in bound:
            sources[name] = source
    for name, source in amounts(model.table, domains).items():
        if name not in bound and _is_free(sources.get(name)):
            sources[name] = source
    for lower, upper in pairs_of(model.table):
        first, second = sources.get(lower), sources.get(upper)
        if not {lower, upper} & bound and first and second and _is_free(first) and _is_free(second):
            sources[lower] = Ranked(first, second, upper, domains.get(lower, Domain()), upper=False)
            sources[upper] = Ranked(second, first, lower, domains.get(upper, Domain()), upper=True)


def amounts(table: Table, domains: Mapping[str, Domain]) -> dict[str, Source]:
    """Each from such as come before it in this order: net, tax and discount, total, paid, due."""
    known = roles_of(table)
    base = next((role for role in ("net", "total") if role in known), None)
    if base is None or len({table.column(known[role]).type.base in INTEGERS for role in _SUMS if role in known}) > 1:
        return {}  # nothing is summed, or cents and whole units
    limits = {role: domains.get(name, Domain()) for role, name in known.items()}
    found: dict[str, Source] = (
        {base: Multiplied(known["quantity"], known["unit"], limits[base])} if _of_pieces(known) else {}
    )
    made = found | _shares(known, limits, known[base]) | _sums(known, limits, base)
    return {known[role]: source for role, source in made.items() if role in known}


def _of_pieces(known: Mapping[str, str]) -> bool:
    return {"quantity", "unit"} <= set(known)


def _shares(known: Mapping[str, str], limits: Mapping[str, Domain], base: str) -> dict[str, Source]:
    whole = known.get("total", base)
    return {
        "tax": ShareOf(base, TAX_RATES, limits.get("tax", Domain()), known.get("rate")),
        "discount": ShareOf(base, DISCOUNTS, limits.get("discount", Domain())),
        "paid": ShareOf(whole, PAID, limits.get("paid", Domain())),
    }


def _sums(known: Mapping[str, str], limits: Mapping[str, Domain], base: str) -> dict[str, Source]:
    found: dict[str, Source] = {}
    if base == "net":
        plus, minus = (_named(known, roles) for roles in (("net", "tax", "shipping"), ("discount",)))
        found["total"] = Summed(plus, minus, limits.get("total", Domain()))
    if "paid" in known:
        whole = known.get("total", known[base])
        found["due"] = Summed((whole,), (known["paid"],), limits.get("due", Domain()))
    return found


def _named(known: Mapping[str, str], roles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(known[role] for role in roles if role in known)


def _currencies(model: TableModel, domains: Mapping[str, Domain]) -> dict[str, Source]:
    """What a row is paid in is what its order or its account is."""
    found: dict[str, Source] = {}
    for column in model.table.columns:
        domain, source = domains.get(column.name, Domain()), model.sources.get(column.name)
        usual = source.source if isinstance(source, Defaulted) else source
        listed = domain.choices is not None or domain.patterns or domain.excluded
        if isinstance(usual, Agreeing) and not listed and meaning_of(model.table, column) is Meaning.CURRENCY:
            parents = [known for link in model.links.values() if (known := _currency_of(model, link, column))]
            found.update((column.name, known) for known in parents[:1])
    return found


def _currency_of(model: TableModel, link: Link, column: Column) -> Source | None:
    """That of the row that a foreign key always leads to, if it has one of the same type."""
    if link.parent.place >= model.place or any(model.table.column(name).nullable for name in link.columns):
        return None
    for theirs in link.parent.table.columns:
        known = theirs.name in link.parent.sources and (column.nullable or not theirs.nullable)
        if known and theirs.type == column.type and meaning_of(link.parent.table, theirs) is Meaning.CURRENCY:
            return FromParent(link.name, theirs.name)
    return None


def _role(column: Column) -> str | None:
    if not _is_number(column):
        return None
    words = " ".join(_MONEY_WORDS.sub(" ", words_of(column.name)).split())
    return next((role for role, pattern in _ROLES if pattern.fullmatch(words)), None)


def _may_follow(table: Table, column: Column) -> bool:
    """Checks over several columns are obeyed in their own way."""
    compared = any(column.name in check.columns and len(set(check.columns)) > 1 for check in table.checks)
    return not compared and _is_plain(column)


def _is_plain(column: Column) -> bool:
    return not (column.generated or column.identity or column.sequence)


def _is_number(column: Column) -> bool:
    return column.type.kind == "base" and column.type.base in NUMBER


def _is_free(source: Source | None) -> bool:
    """Whether it is drawn by itself."""
    return isinstance(source, Drawn) or (isinstance(source, Defaulted) and _is_free(source.source))
