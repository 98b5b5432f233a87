"""JDBC samplers as `user.sql`, as statements of a transaction, or as `run.sql` in @setup and @teardown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from plimsoll.load.importers.jmx.code import Block, Code, Line, Statement, f_string, long_f_string
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.layout import called
from plimsoll.load.importers.jmx.params import may_not_fit, own_cast, parameter, split_arguments, sql_type
from plimsoll.load.importers.jmx.sql_text import called as as_call
from plimsoll.load.importers.jmx.sql_text import is_control, statements, tokens
from plimsoll.load.importers.jmx.texts import MARK, Covered, covered
from plimsoll.load.importers.jmx.tree import Element
from plimsoll.load.importers.source import literal, long_text

Where = Literal["user", "tx", "run"]
JDBC = frozenset({"JDBCSampler", "JDBCPreProcessor", "JDBCPostProcessor"})
_READS = re.compile(r"(?i)\s*(select|with|values|table|show|explain)\b")
_WITH_PARAMETERS = re.compile(r"(?i)\s*(select|insert|update|delete|with|call|values|merge)\b")
_TYPE_BEFORE = re.compile(r"(?i)\b(date|time|timestamp|timestamptz|interval|uuid|json|jsonb)\s*$")


@dataclass(frozen=True, slots=True)
class Query:
    """One statement: its text, and what stands for $1, $2, …"""

    text: str
    parameters: tuple[Code, ...]
    uses: frozenset[str]
    reads: bool

    def arguments(self) -> list[str]:
        return [self.text, *(code.python for code in self.parameters)]


def kind_of(sampler: Element) -> str:
    """ "commit", "rollback", "autocommit(false)", … for what ends transactions; "statement" for the others."""
    kind = sampler.text("queryType").strip().lower()
    return kind if kind.startswith(("commit", "rollback", "autocommit")) else "statement"


def is_write(sampler: Element) -> bool:
    return kind_of(sampler) == "statement" and not _READS.match(sampler.text("query"))


def queries_of(context: Context, sampler: Element) -> list[Query] | None:
    """The sampler's statements; None where they cannot be said, which is then listed."""
    context.element = sampler
    element_types = sampler.text("queryArgumentsTypes")
    sampler.text("queryArguments")
    prepared = not sampler.text("queryType").lower().startswith(("select", "update"))
    values = split_arguments(sampler.text("queryArguments")) if prepared else []
    types = split_arguments(element_types) if prepared else []
    types = [*types, *[""] * len(values)][: len(values)]
    parameters = [parameter(context, value, type_) for value, type_ in zip(values, types, strict=True)]
    if not all(parameters):
        context.account.leave(
            sampler, "its parameters have types that PostgreSQL's driver has no place for", below=True
        )
        return None
    cover = covered(as_call(sampler.text("query")))
    texts = [text for text in statements(cover.text) if not is_control(text)]
    marks = sum(kind == "mark" for text in texts for kind, _ in tokens(text)) if prepared else 0
    if marks != len(parameters):
        context.account.leave(sampler, f"{marks} placeholders, but {len(parameters)} arguments", below=True)
        return None
    if not texts:
        context.account.leave(sampler, "it has no statement", below=True)
        return None
    waiting = [(code, sql_type(type_)) for code, type_ in zip(parameters, types, strict=True) if code is not None]
    return [_query(context, Covered(text, cover.references), waiting, prepared) for text in texts]


def _query(context: Context, cover: Covered, waiting: list[tuple[Code, str]], prepared: bool) -> Query:
    """One statement. What comes from a variable becomes a parameter where its place allows that."""
    parts: list[str | Code] = []
    given: list[Code] = []
    may = bool(_WITH_PARAMETERS.match(cover.text))
    found = list(tokens(cover.text.strip()))
    for at, (kind, text) in enumerate(found):
        before, after = (
            "".join(part for _, part in found[max(0, at - 4) : at]),
            "".join(t for _, t in found[at + 1 : at + 3]),
        )
        code = _as_parameter(context, cover, kind, text, before, after) if may else None
        type_ = "text" if code is None or code.nature == "text" else "bigint"
        if kind == "mark" and prepared:
            code, type_ = waiting.pop(0)
        if code is not None:
            given.append(code)
            parts.append(f"${len(given)}{_cast(context, code, type_, found, at)}")
        elif kind == "double" and prepared:
            parts.append("?")
        else:
            parts += _restored(context, cover, text)
    uses = frozenset().union(*(code.uses for code in given), *(p.uses for p in parts if isinstance(p, Code)))
    return Query(_written(parts), tuple(given), uses, bool(_READS.match(cover.text)))


def _cast(context: Context, code: Code, type_: str, found: list[tuple[str, str]], at: int) -> str:
    """The cast behind a placeholder. What may be refused without one is noted."""
    before, after = (
        "".join(text for _, text in part) for part in (found[max(0, at - 8) : at], found[at + 1 : at + 16])
    )
    cast = own_cast(type_, before, after)
    if not cast and not re.match(r"\s*::", after) and may_not_fit(type_, code.known, before):
        context.note(
            "a VARCHAR argument looks like a number, a time or a UUID: PostgreSQL refuses it for a column of such a "
            "type (JDBC's stringtype=unspecified lets it); then give it as INTEGER or TIMESTAMP, or cast it"
        )
    return cast


def _as_parameter(context: Context, cover: Covered, kind: str, text: str, before: str, after: str) -> Code | None:
    """A reference that is all of a quoted text, or a whole number, may be a parameter; part of a name may not."""
    if kind == "reference" and not re.search(r"[\w.\"]$", before) and not re.match(r"[\w.\"]", after):
        code = context.code(cover.restore(text))
        return code if code.nature == "int" and code.known is None else None
    inside = MARK.fullmatch(text[1:-1]) if kind == "text" and text.startswith("'") else None
    if inside is None or after.startswith("::") or _TYPE_BEFORE.search(before):
        return None
    code = context.code(cover.restore(text[1:-1]))
    return None if code.known is not None else Code(code.as_text, "text", code.uses)


def _restored(context: Context, cover: Covered, text: str) -> list[str | Code]:
    parts: list[str | Code] = []
    at = 0
    for found in MARK.finditer(text):
        parts += [text[at : found.start()], context.code(cover.restore(found[0]))]
        at = found.end()
    return [part for part in [*parts, text[at:]] if part != ""]


def _written(parts: list[str | Code]) -> str:
    merged = [part.known if isinstance(part, Code) and part.python.startswith('"') else part for part in parts]
    if all(isinstance(part, str) for part in merged):
        text = "".join(map(str, merged))
        return literal(text) if re.search(r"'[^']*\n[^']*'", text) else long_text(text)
    made = f_string(parts)
    return made if made.startswith('"') else long_f_string(parts)


# -- statements as lines ----------------------------------------------------------------------------------------------


def statement_lines(queries: list[Query], where: Where, step: str, *, rows: bool) -> list[Statement]:
    """The lines that send them. Several statements of one sampler are one transaction, as JDBC sends them."""
    if where == "user" and len(queries) > 1:
        return transaction_lines(step, statement_lines(queries, "tx", step, rows=rows))
    return [_line(query, where, step, rows and query is queries[-1]) for query in queries]


def _line(query: Query, where: Where, step: str, rows: bool) -> Line:
    if where == "user":
        made = called("await user.sql", [literal(step), *query.arguments()])
    elif where == "run":
        made = called("await run.sql", query.arguments())
    else:
        made = called("await tx.fetch" if rows or query.reads else "await tx.execute", query.arguments())
    return Line(f"rows = {made}" if rows else made, query.uses)


def transaction_lines(step: str, body: list[Statement]) -> list[Statement]:
    inner = Block("async with tx", body, certain=True)
    return [Block(f"async for tx in user.transaction({literal(step)})", [inner], certain=True)]


def result_lines(context: Context, sampler: Element) -> list[Statement]:
    """The variables a sampler's rows are put into: a list for each column that something reads."""
    lines: list[Statement] = []
    for at, name in enumerate(sampler.text("variableNames").split(",")):
        name = name.strip()
        if name and context.definitions.get(name) == "list" and name in context.reads:
            made = f"{context.local(name)} = [{_cell(at)} for row in rows]"
            lines.append(Line(made, sets=(name,), otherwise="[]"))
    return lines


def _cell(at: int) -> str:
    return f"str(row[{at}])"


def described(url: str) -> str:
    """A JDBC address without what may be a secret."""
    from plimsoll.settings.masking import mask

    return mask(url.partition("?")[0].partition(";")[0])
