"""Which statements of a scenario the server would refuse: read from the file's text, planned, never run. Pure."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.check import CheckResult, counted, failed, ok, skipped, warning

STATEMENTS_MAX: Final = 50  # of one scenario; each costs a few round trips
NO_RIGHT: Final = "42501"
# No right, no such schema, table, column or function, wrong syntax: no parameter would make them work.
REFUSING: Final = frozenset({NO_RIGHT, "3F000", "42P01", "42703", "42883", "42601"})
_PLANNED: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE")
_IN_TRANSACTIONS: Final = frozenset({"execute", "fetch", "fetchrow", "fetchval"})


@dataclass(frozen=True, slots=True)
class Statement:
    """`where` is its place as errors name it."""

    where: str
    sql: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A statement that cannot be planned, with the server's SQLSTATE and words."""

    where: str
    sqlstate: str
    why: str


def statements_in(source: str, file: str) -> list[Statement]:
    """The statements written out in a scenario's text, as literals or as constants of the file; setup's are left out.

    Those of transactions are left out where a transaction changes its role: they run with rights that are not ours.
    """
    tree = ast.parse(source)
    constants = _constants(tree)
    calls = list(_calls(tree))
    names = {"sql"} if any(_changes_role(call) for call in calls) else {"sql", *_IN_TRANSACTIONS}
    found = []
    for call in calls:
        text = _statement_of(call, names, constants)
        if text is not None and text.split(maxsplit=1)[:1] and text.split(maxsplit=1)[0].upper() in _PLANNED:
            found.append(Statement(f"{file}, line {call.lineno}", text))
    return found[:STATEMENTS_MAX]


def _constants(tree: ast.Module) -> Mapping[str, str]:
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Calls of methods, in the order of the file, outside of @setup and @teardown."""
    if isinstance(node, ast.AsyncFunctionDef) and any(_is_hook(one) for one in node.decorator_list):
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _calls(child)


def _is_hook(decorator: ast.expr) -> bool:
    name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
    return name in ("setup", "teardown")


def _changes_role(call: ast.Call) -> bool:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr == "transaction" and any(keyword.arg in ("role", None) for keyword in call.keywords)


def _statement_of(call: ast.Call, names: set[str], constants: Mapping[str, str]) -> str | None:
    """`user.sql(step, STATEMENT, …)` or `tx.execute(STATEMENT, …)`."""
    assert isinstance(call.func, ast.Attribute)
    position = 1 if call.func.attr == "sql" else 0
    if call.func.attr not in names or len(call.args) <= position:
        return None
    argument = call.args[position]
    if isinstance(argument, ast.Name):
        return constants.get(argument.id)
    value = argument.value if isinstance(argument, ast.Constant) else None
    return value if isinstance(value, str) else None


def judge_rights(planned: Sequence[Statement], refused: Sequence[Refused], *, has_setup: bool) -> CheckResult:
    """Failed only where every statement would fail and nothing of the scenario could help: then nothing is measured."""
    if not planned:
        return skipped("rights", "the scenario has no statement written out")
    if not refused:
        return ok("rights", f"the scenario's statements can be planned ({len(planned)} looked at)")
    first = refused[0]
    share = "every statement" if len(refused) == len(planned) else f"{len(refused)} of {len(planned)} statements"
    detail = f"{share} would fail: {first.where}: {first.sqlstate}: {first.why}"
    if has_setup:
        return warning("rights", f"{detail}, unless @setup sees to it", _remedy(first))
    if len(refused) == len(planned):
        return failed("rights", detail, _remedy(first))
    return warning("rights", detail, _remedy(first), figures=True)


def judge_feeds(feeds: int, refused: Sequence[Refused], missing: Sequence[str], *, has_setup: bool) -> CheckResult:
    """`missing` are files that feeds name and that are not there."""
    if missing:
        return failed("feeds", f"there is no file {missing[0]}", "correct the path, which is relative to the scenario")
    if not refused:
        return ok("feeds", f"{counted(feeds, 'source')} can be read")
    first = refused[0]
    detail = f"a feed cannot be read: {first.where}: {first.sqlstate}: {first.why}"
    if has_setup:
        return warning("feeds", f"{detail}, unless @setup sees to it", _remedy(first))
    return failed("feeds", detail, _remedy(first))


def _remedy(refused: Refused) -> str:
    if refused.sqlstate == NO_RIGHT:
        return "GRANT the role what the statement needs, or load as another role"
    return "mend the statement, or create what it names"
