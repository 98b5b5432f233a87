"""A change on a page: what it is, what it gives and costs, which statements it serves, and the SQL to copy."""

from collections.abc import Iterable, Mapping
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.proof import Effect, QueryProof
from plimsoll.core.tuning.query import Query
from plimsoll.report.markup import Html, code, element, joined
from plimsoll.report.tuning.effects import (
    STATEMENTS_MAX,
    call_words,
    details_words,
    effect_words,
    moved,
    short_statement,
    statement_of,
)
from plimsoll.report.tuning.words import (
    SQL_CHARACTERS,
    STANDINGS,
    STEPS_SHOWN,
    example_of,
    gain_words,
    note_of,
    size_words,
    sql_of,
    undo_of,
    writing_words,
)
from plimsoll.settings.masking import mask

LINE_CHARACTERS: Final = 110  # of a statement that is folded
EFFECTS: Final[Mapping[Effect, str]] = {"better": "met", "worse": "bad", "same": "soft", "unclear": "doubt"}


def change_html(number: int, one: Advised, queries: Mapping[str, Query]) -> Html:
    return element(
        "article",
        element("h3", f"{number}. {one.change.title}"),
        element("dl", *_facts(one), class_="pairs"),
        *_statements(one, queries),
        *_rewrite(one.change),
        *_sql(one.change),
        class_="change",
        id=f"change-{number}",
    )


def _facts(one: Advised) -> Iterable[Html]:
    standing = f"{one.standing}: {STANDINGS[one.standing]}; confidence {one.confidence}"
    facts = (
        ("Gives", gain_words(one)), ("Standing", standing), ("Because", mask(one.change.why)),
        ("Size", size_words(one)), ("Writes", "; ".join(writing_words(one))), ("Risk", mask(one.change.risk)),
    )  # fmt: skip
    return (joined(element("dt", name), element("dd", words)) for name, words in facts if words)


def _statements(one: Advised, queries: Mapping[str, Query]) -> Iterable[Html]:
    """Those that become better or worse; without a measurement those that it is for."""
    found = moved(one)
    yield from (_moved(two, queries.get(two.query)) for two in found[:STATEMENTS_MAX])
    ids = one.change.queries if one.proof is None else ()
    yield from (
        _statement(queries.get(id_), id_, element("p", call_words(queries.get(id_)), class_="soft"))
        for id_ in ids[:STATEMENTS_MAX]
    )
    rest = len(found) + len(ids) - STATEMENTS_MAX
    if rest > 0:
        yield element("p", f"{counted(rest, 'more statement')}: see tuning.json.", class_="soft")


def _moved(one: QueryProof, query: Query | None) -> Html:
    effect = element("b", one.effect.capitalize(), class_=EFFECTS[one.effect])
    words = element("p", effect, f": {effect_words(one, query)}")
    return _statement(query, one.query, joined(words, element("p", details_words(one, query), class_="soft")))


def _statement(query: Query | None, id_: str, said: Html) -> Html:
    return element("div", statement_html(query, id_), said, class_="statement")


def statement_html(query: Query | None, id_: str) -> Html:
    """One line; the whole of a longer one on a click."""
    short = short_statement(query, id_, LINE_CHARACTERS)
    whole = statement_of(query, id_)
    if short == whole:
        return element("pre", short, class_="copyable")
    head = element("summary", element("code", short))
    return element("details", head, element("pre", code(whole, SQL_CHARACTERS), class_="copyable"))


def _rewrite(change: Change) -> Iterable[Html]:
    if change.after:
        both = (("Instead of", change.before), ("Write", change.after))
        yield element("div", *(_block(title, mask(sql)) for title, sql in both), class_="rewrite")
    if example_of(change):
        yield _block("For example", example_of(change))
    if note_of(change):
        yield element("p", note_of(change), class_="soft")


def _sql(change: Change) -> Iterable[Html]:
    """In one block, which is copied at once; folded where it is long."""
    written = sql_of(change)
    if len(change.steps) > STEPS_SHOWN:
        yield element("details", element("summary", f"SQL: {len(change.steps)} statements"), _pre(written))
    elif written:
        yield _block("SQL", written)
    undo = undo_of(change)
    if undo:
        yield element("details", element("summary", "To undo it"), _pre(undo))


def _block(title: str, sql: str) -> Html:
    return element("div", element("p", title, class_="soft means"), _pre(sql))


def _pre(sql: str) -> Html:
    return element("pre", code(sql, SQL_CHARACTERS), class_="copyable")
