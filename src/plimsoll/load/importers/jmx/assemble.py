"""From bodies of statements to the functions of a scenario file: what is kept between journeys, and how it reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from plimsoll.load.importers.jmx.code import Body, Line, Statement, lines, lines_in, unset_before_use, without_presets
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.source import Function, literal


def functions(context: Context, bodies: Sequence[Body]) -> list[Function]:
    """The functions, in the order a reader wants them. Variables that outlive a journey are kept in user.state."""
    plain = [unset_before_use(without_presets(body.statements)) for body in bodies]
    for body in bodies:
        body.statements = without_presets(body.statements, set().union(*plain))
    wanted = [unset_before_use(body.statements) for body in bodies]
    set_somewhere = {name for body in bodies for line in lines_in(body.statements) for name in line.sets}
    kept = set().union(*wanted) & set_somewhere
    merged = _merged(bodies)
    return [_function(context, body, kept) for body in merged]


def _merged(bodies: Sequence[Body]) -> list[Body]:
    """Several setUp groups are one @setup, as several tearDown groups are one @teardown."""
    found: list[Body] = []
    for role in ("setup", "start", "journey", "teardown"):
        of_role = [body for body in bodies if body.role == role]
        if role == "journey" or len(of_role) < 2:
            found += of_role
        else:
            statements: list[Statement] = [each for body in of_role for each in body.statements]
            found.append(Body(role, of_role[0].name, of_role[0].title, statements))
    return found


def _function(context: Context, body: Body, kept: set[str]) -> Function:
    wanted = sorted(unset_before_use(body.statements))
    before: list[Statement] = [_loaded(context, name, name in kept and body.role != "setup") for name in wanted]
    on_user = kept if body.role in ("journey", "start") else set[str]()
    names = {name: context.local(name) for name in kept}
    text = lines([*before, *body.statements], on_user, names) or ["pass"]
    if all(row.startswith("#") for row in text):
        text.append("pass")
    return Function(_decorator(body), body.name, _docstring(body), text)


def _loaded(context: Context, name: str, is_kept: bool) -> Line:
    """What a variable is before anything in this journey sets it."""
    if context.definitions.get(name) == "list":
        default = "[]"
    else:
        default = context.code(context.plan_variables.get(name, "")).python if name in context.plan_variables else '""'
    state = f"user.state.get({literal(name)}, {default})" if is_kept else default
    return Line(f"{context.local(name)} = {state}")


def _decorator(body: Body) -> str:
    if body.role != "journey":
        return body.role
    given = [f"weight={body.weight:g}"] if body.weight != 1 else []
    given += ["writes=True"] if body.writes else []
    return f"journey({', '.join(given)})" if given else "journey"


def _docstring(body: Body) -> str:
    title = " ".join(body.title.split()).replace("\\", "/").replace('"', "'")
    return f"{title}." if title and not title.endswith((".", "!", "?")) else title


def jmx_slug(file: str) -> str:
    """The name of a profile from a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", PurePath(file).stem.lower()).strip("-") or "imported"
