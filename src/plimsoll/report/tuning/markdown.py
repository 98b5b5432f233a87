"""A tuning as Markdown, for a pull request: the verdict, the changes, what they gave, and what was not advised."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import Advised, Rejected, Tuning
from plimsoll.core.tuning.query import Query
from plimsoll.core.units import format_ms
from plimsoll.report.tuning.effects import (
    STATEMENTS_MAX,
    by_weight,
    call_words,
    cold_words,
    count_words,
    effect_words,
    moved,
    plan_words,
    queries_of,
    short_statement,
)
from plimsoll.report.tuning.verdict import verdict_words
from plimsoll.report.tuning.words import (
    CHANGES_MAX,
    SQL_CHARACTERS,
    STEPS_SHOWN,
    budget_words,
    copy_words,
    example_of,
    gain_words,
    left_out_of,
    note_of,
    notes_of,
    origin_words,
    rejected_in_order,
    size_words,
    sql_of,
    todo_words,
    undo_of,
    writing_words,
)
from plimsoll.report.words import plain, sentence
from plimsoll.settings.masking import mask

ROWS_MAX: Final = 100
STATEMENT_CHARACTERS: Final = 200
_MARKS: Final = re.compile(r"[\\`*\[<~|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")  # "_" within a word is a letter
_BEGINNINGS: Final = re.compile(r"\A(?=>|#{1,6}(?:\s|\Z)|[-+](?:[\s-]|\Z))|\A\d{1,9}(?=[.)](?:\s|\Z))")
_CALLS: Final = re.compile(r"(?<!\w)@(?=\w)")  # for a person or a team
_TICKS: Final = re.compile(r"`+")


def tuning_markdown(tuning: Tuning) -> str:
    return "\n".join(_lines(tuning)) + "\n"


def _lines(tuning: Tuning) -> Iterable[str]:
    queries = queries_of(tuning)
    yield from (f"## {_text(verdict_words(tuning))}", "", _text(origin_words(tuning)))
    if tuning.advised:
        yield from ("", *_overview(tuning.advised[:CHANGES_MAX]))
        yield from _more(len(tuning.advised) - CHANGES_MAX, "change")
        for number, one in enumerate(tuning.advised[:CHANGES_MAX], 1):
            yield from ("", *_change(number, one, queries))
    yield from _measured(tuning, queries)
    yield from _rejected(tuning.rejected)
    yield from _left_out(tuning)
    method = filter(None, (copy_words(tuning), mask(tuning.searched), budget_words(tuning)))
    yield from _listed("How it was found, and what to know", [*method, *notes_of(tuning)])
    yield from _next(tuning)


def _overview(advised: Sequence[Advised]) -> Iterable[str]:
    yield from _head(("#", "Change", "Standing", "Gives", "Size", "Confidence"))
    for number, one in enumerate(advised, 1):
        gives = (gain_words(one), *writing_words(one)[:1])
        yield _row((str(number), one.change.title, one.standing, "; ".join(gives), size_words(one), one.confidence))


def _change(number: int, one: Advised, queries: Mapping[str, Query]) -> Iterable[str]:
    change = one.change
    yield from (f"### {number}. {_text(change.title)}", "", _text(mask(change.why)))
    if change.risk:
        yield from ("", f"Risk: {_text(mask(change.risk))}")
    writes = writing_words(one)
    if writes:
        yield from ("", f"Writes: {_text('; '.join(writes))}")
    yield from _statements(one, queries)
    if change.after:
        yield from ("", "Instead of:", "", *_code(mask(change.before)), "", "write:", "", *_code(mask(change.after)))
    if example_of(change):
        yield from ("", "For example:", "", *_code(example_of(change)))
    if note_of(change):
        yield from ("", _text(note_of(change)))
    if len(change.steps) > STEPS_SHOWN:
        yield from ("", *_folded(f"SQL: {len(change.steps)} statements", _code(sql_of(change))))
    elif change.steps:
        yield from ("", *_code(sql_of(change)))
    undo = undo_of(change)
    if undo:
        yield from ("", *_folded("To undo it", _code(undo)))


def _statements(one: Advised, queries: Mapping[str, Query]) -> Iterable[str]:
    """Those that become better or worse; without a measurement those that it is for."""
    said = [(two.query, f"{effect_words(two, queries.get(two.query))}. {plan_words(two)}") for two in moved(one)] or [
        (id_, call_words(queries.get(id_))) for id_ in one.change.queries
    ]
    if said:
        yield ""
    for id_, words in said[:STATEMENTS_MAX]:
        yield f"- {_inline(short_statement(queries.get(id_), id_, STATEMENT_CHARACTERS))}: {_text(words)}"
    yield from _more(len(said) - STATEMENTS_MAX, "statement")


def _measured(tuning: Tuning, queries: Mapping[str, Query]) -> Iterable[str]:
    if tuning.together is None:
        return
    found = by_weight(tuning.together.queries, queries)
    is_cold = any(map(cold_words, found))
    rows = [*_head(("Statement", "Calls", "Before", "After", "Effect", *["Cold"] * is_cold), right=(1, 2, 3))]
    for one in found[:ROWS_MAX]:
        query = queries.get(one.query)
        calls = "" if query is None else count_words(query.calls)
        times = (format_ms(side.ms.value) for side in (one.before, one.after))
        statement = _Code(short_statement(query, one.query, STATEMENT_CHARACTERS))
        rows.append(_row((statement, calls, *times, one.effect, *[cold_words(one)] * is_cold)))
    rows += _more(len(found) - ROWS_MAX, "statement")
    yield from ("", *_folded("Every statement, before and after all changes", rows))


def _rejected(rejected: Sequence[Rejected]) -> Iterable[str]:
    if not rejected:
        return
    rows = [*_head(("Change", "Why not"))]
    rows += [
        _row((one.change.title, f"{'measured: ' if one.proof is not None else ''}{mask(one.why)}"))
        for one in rejected_in_order(rejected)[:ROWS_MAX]
    ]
    rows += _more(len(rejected) - ROWS_MAX, "candidate")
    yield from ("", *_folded(f"Looked at and not advised: {len(rejected)}", rows))


def _left_out(tuning: Tuning) -> Iterable[str]:
    """By reason, with the statements."""
    found = left_out_of(tuning)[:ROWS_MAX]
    if found:
        items = [
            item for words, some in found for item in (f"- {_text(words)}", *(f"  - {_inline(one)}" for one in some))
        ]
        yield from ("", *_folded("Left out of the workload", items))


def _listed(title: str, said: Sequence[str]) -> Iterable[str]:
    if said:
        items = [f"- {_text(one)}" for one in said[:ROWS_MAX]]
        yield from ("", *_folded(title, items))


def _next(tuning: Tuning) -> Iterable[str]:
    steps = todo_words(tuning)
    if steps:
        yield from ("", *_code("\n".join(f"{command}  # {words}" for command, words in steps), "sh"))


def _more(rest: int, noun: str) -> list[str]:
    return ["", f"{counted(rest, f'more {noun}')}: tuning.json"] if rest > 0 else []


def _head(names: Sequence[str], right: Sequence[int] = ()) -> list[str]:
    return [_bare(names), _bare("--:" if at in right else "---" for at in range(len(names)))]


class _Code(str):
    """A cell that is code."""

    __slots__ = ()


def _row(cells: Iterable[str]) -> str:
    return _bare(_inline(cell).replace("|", "\\|") if isinstance(cell, _Code) else _text(cell) for cell in cells)


def _bare(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _folded(title: str, lines: Iterable[str]) -> Iterable[str]:
    """What one opens with a click; Markdown inside needs empty lines around it."""
    yield from (f"<details><summary>{title}</summary>", "", *lines, "", "</details>")


def _code(text: str, language: str = "sql") -> list[str]:
    """A block whose fence is longer than any in it; line breaks are kept, control characters are not."""
    lines = [plain(line, SQL_CHARACTERS) for line in text.splitlines()]
    fence = "`" * max(3, 1 + max((len(run) for run in _TICKS.findall("\n".join(lines))), default=0))
    return [f"{fence}{language}", *lines, fence]


def _inline(text: str) -> str:
    """Code within a line, its fence longer than any in it."""
    fence = "`" * (1 + max((len(run) for run in _TICKS.findall(text)), default=0))
    return f"{fence} {text} {fence}" if len(fence) > 1 else f"`{text}`"


def _text(text: str) -> str:
    """Text in which nothing is markup, nor calls for anybody; only what would be is escaped, so that it can be read as
    it is. A comment parts a name from its @; between two dollars there would be a formula."""
    said = _MARKS.sub(r"\\\g<0>", sentence(text).strip())
    said = _BEGINNINGS.sub(r"\g<0>\\", said)
    said = said.replace("$", "\\$") if said.count("$") > 1 else said
    return _CALLS.sub("@<!-- -->", said)
