"""A JMX file as a scenario, a profile, and an account of every element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.errors import UsageError
from plimsoll.load.importers.jmx import http_config, survey
from plimsoll.load.importers.jmx.account import Account, Outcome
from plimsoll.load.importers.jmx.assemble import functions, jmx_slug
from plimsoll.load.importers.jmx.code import Block, Body, Line, Statement, does_something, lines_in
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.curve import Load
from plimsoll.load.importers.jmx.draws import draws
from plimsoll.load.importers.jmx.groups import load_of, loops_of, on_error
from plimsoll.load.importers.jmx.layout import called, written
from plimsoll.load.importers.jmx.listing import grouped
from plimsoll.load.importers.jmx.mix import mix_notes, weigh
from plimsoll.load.importers.jmx.profile_text import ProfileText, profile_text
from plimsoll.load.importers.jmx.pruning import checked, imports, used
from plimsoll.load.importers.jmx.scope import Scope, is_sampler
from plimsoll.load.importers.jmx.settle import settle
from plimsoll.load.importers.jmx.tree import Element, read_tree
from plimsoll.load.importers.jmx.walk import GOING_ON, Walk
from plimsoll.load.importers.source import FROM_ENVIRONMENT, FROM_ENVIRONMENT_HELPER, Source, literal
from plimsoll.settings.masking import mask

SAID_MAX: Final = 100  # lines at the top of a scenario on what was not taken over; the command says all
_ONCE: Final = {"SetupThreadGroup": "setup", "PostThreadGroup": "teardown"}


@dataclass(frozen=True, slots=True)
class Imported:
    """`source` is the scenario, `outcomes` has an entry for every element of the file."""

    source: str
    profile: ProfileText
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]
    environ: tuple[tuple[str, str], ...]
    needs_url: bool
    needs_dsn: bool
    connections: int = 0  # of the plan's pool, 0 where it has none

    def counts(self) -> str:
        """ "41 elements: 30 taken over, 4 in part, 5 left out, 2 disabled"."""
        fates = Counter(outcome.fate for outcome in self.outcomes)
        said = [f"{fates['taken']} taken over"]
        said += [f"{fates[fate]} {fate}" for fate in ("in part", "left out", "disabled") if fates[fate]]
        return f"{counted(len(self.outcomes), 'element')}: {', '.join(said)}"


def import_plan(content: bytes, file: str) -> Imported:
    """Raises UsageError where the file is no test plan, or has nothing that would run."""
    root = read_tree(content, file)
    plan = next((each for each in root.children if each.kind == "TestPlan" and each.enabled), None)
    if plan is None:
        raise _nothing(file, "it has no enabled TestPlan")
    groups = survey.groups_in(plan)
    if not any(group.kind not in _ONCE for group in groups):
        raise _nothing(file, "it has no enabled thread group but for setUp and tearDown")
    return _Importing(root, plan, file).made(groups)


def _nothing(file: str, why: str) -> UsageError:
    return UsageError("nothing to import", where=file, why=why, remedy="enable a thread group in JMeter, and save")


class _Importing:
    """One import from the tree to the texts."""

    def __init__(self, root: Element, plan: Element, file: str) -> None:
        self._root, self._plan, self._file = root, plan, file
        account = Account(root)
        definitions = survey.definitions(root)
        unnamed = survey.csv_without_names(root)
        self._rows = rows = "row" if unnamed is not None else ""
        self._context = Context(
            account,
            survey.plan_variables(root),
            definitions | ({rows: "any"} if rows else {}),
            reads=survey.reads(root) | {rows},
            rows_variable=rows,
            manual_commit=survey.manual_commit(root),
            root=root,
        )
        self._scope = Scope().within(plan)
        self._common = survey.common_headers(plan, self._scope, self._known())

    def _known(self) -> dict[str, str]:
        """The plan's variables that nothing sets during the load."""
        given = self._context
        return {name: value for name, value in given.plan_variables.items() if name not in given.definitions}

    def made(self, groups: Sequence[Element]) -> Imported:
        context = self._context
        loads = [load_of(context, group, self._scope) for group in groups]
        errors = [on_error(context, group) for group in groups]
        running = [load for group, load in zip(groups, loads, strict=True) if group.kind not in _ONCE]
        bodies = [self._body(*each) for each in zip(groups, loads, errors, strict=True)]
        start = self._start(groups)
        settle(context, self._plan)
        journeys = [body for body in bodies if body.role == "journey"]
        for body in journeys:
            if not does_something(body.statements):
                context.note(f"{body.name} has no step: nothing that it sends could be taken over")
        weigh(journeys, running)
        named = {body.name: load for body, load in zip(journeys, running, strict=True)}
        aborts = any(error.startswith("stoptest") for error in errors)
        profile = profile_text(self._file, jmx_slug(self._file), named, aborts=aborts)
        for note in mix_notes({body.name: body.weight for body in journeys}, named):
            context.note(note)
        source = self._source([*([start] if start else []), *bodies])
        return self._imported(source, profile)

    # -- functions ----------------------------------------------------------------------------------------------------

    def _body(self, group: Element, load: Load, error: str) -> Body:
        context = self._context
        role = _ONCE.get(group.kind, "journey")
        name = context.names.make(group.name, otherwise=role)
        several = sum(1 for each in survey.living(group) if is_sampler(each)) > 1
        goes_on = error == "continue" and several and role == "journey"
        common = {key: value for key, (_, value) in self._common.items()}
        walk = Walk(context, common, "user" if role == "journey" else "run", going_on=goes_on)
        scope = self._scope.within(group)
        context.rows_variable = self._rows if role == "journey" else ""  # hooks have no user who draws a row
        first = draws(context, self._plan.children) if role == "journey" else []
        made = [*self._cleared(scope), *first] if role == "journey" else []
        statements = [*made, *walk.body(group.children, scope)]
        if role != "journey":
            statements = self._repeated(group, load, statements)
        return Body(role, name, group.name, _without_unused_draws(statements, first), writes=walk.writes)

    def _repeated(self, group: Element, load: Load, statements: list[Statement]) -> list[Statement]:
        """What a setUp group does in each loop; more threads than one have no equal."""
        if load.users > 1:
            self._context.account.part(group, "is done by one user, not by several")
        loops = loops_of(self._context, group)
        return [Block(f"for _ in range({loops})", statements)] if loops > 1 and statements else statements

    def _cleared(self, scope: Scope) -> list[Statement]:
        """Cookies are forgotten before each journey where the nearest cookie manager says so."""
        manager = next((each for each in scope.nearest_first() if each.kind == "CookieManager"), None)
        if manager is None or not manager.flag("CookieManager.clearEachIteration"):
            return []
        return [Line("user.cookies.clear()"), *self._cookies(manager)]

    def _cookies(self, manager: Element) -> list[Statement]:
        self._context.element = manager
        made: list[Statement] = []
        for cookie in manager.elements("CookieManager.cookies"):
            value = self._context.secret(cookie.name, cookie.text("Cookie.value"), opaque=True)
            made.append(Line(f"user.cookies.set({literal(cookie.name)}, {value.as_text})", value.uses))
        return made

    def _start(self, groups: Sequence[Element]) -> Body | None:
        """What each user begins with: headers that all requests have, and cookies of the plan."""
        context, statements = self._context, list[Statement]()
        context.rows_variable = ""
        headers = {
            context.code(name): http_config.header_code(context, name, value)
            for key, (name, value) in self._common.items()
            if key not in http_config.OURS | http_config.NAMING_A_HOST
        }
        if headers:
            statements.append(Line(called("user.headers.update", [written(headers)])))
        for element in survey.living(self._plan):
            if element.kind == "CookieManager" and not element.flag("CookieManager.clearEachIteration"):
                statements += self._cookies(element)
        if not statements:
            return None
        return Body("start", context.names.make("begin", otherwise="begin"), "", statements)

    # -- the file itself ---------------------------------------------------------------------------------------------

    def _hosts(self) -> None:
        hosts = {host: steps for host, steps in self._context.hosts.items() if host}
        if len(hosts) == 1:
            self._context.note(f"recorded for {next(iter(hosts))}; it goes to --url only")
        for host, steps in hosts.items() if len(hosts) > 1 else ():
            shown = list(dict.fromkeys(steps))
            more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
            self._context.note(f"in the plan {', '.join(shown[:5])}{more} went to {host}")
        if len(hosts) > 1:
            self._context.note("several hosts: all requests go to --url here; a scenario for each host may be better")

    def _source(self, bodies: Sequence[Body]) -> str:
        context = self._context
        self._hosts()
        made = functions(context, bodies)
        lines = [line for function in made for line in function.body]
        if any(GOING_ON in line for line in lines):
            context.imports.add("from contextlib import suppress")
        helpers = list(context.helpers.values())
        constants = checked(used(context.constants, [*lines, *helpers]), lines)
        secret = (
            [FROM_ENVIRONMENT_HELPER]
            if any(made.startswith(f"{FROM_ENVIRONMENT}(") for made in constants.values())
            else []
        )
        feeds = used(context.feeds, lines)
        head = [
            *secret,
            *constants.values(),
            *feeds.values(),
            *helpers,
            *lines,
            "suppress" if GOING_ON in str(lines) else "",
        ]
        context.environ = {name: what for name, what in context.environ.items() if name in str(head)}
        source = Source(
            f"{mask(' '.join(self._plan.name.split()) or 'A test plan')}: made from {self._file}.",
            notes=[mask(note) for note in [*context.notes, *self._environ_notes()]],
            imports=imports(context.imports, head),
            helpers=helpers,
            functions=made,
        )
        source.constants = [*secret, *self._going_on(lines), *self._constants(constants)]
        source.constants += [f"{name} = {expression}" for name, expression in feeds.items()]
        said = [mask(line) for line in grouped(context.account.outcomes())]
        more = (
            [f"and {len(said) - SAID_MAX} more such lines: plimsoll import jmx lists all"]
            if len(said) > SAID_MAX
            else []
        )
        source.notes += [*said[:SAID_MAX], *more]
        return source.render()

    def _going_on(self, lines: Sequence[str]) -> list[str]:
        wanted = any(GOING_ON in line for line in lines)
        return [f"{GOING_ON} = suppress(StepFailed)  # the plan goes on after a failed sample"] if wanted else []

    def _constants(self, constants: Mapping[str, str]) -> list[str]:
        """Each with its remark before it."""
        remarks = self._context.remarks
        made: list[str] = []
        for name, expression in constants.items():
            made += [f"# {remarks[name]}"] if name in remarks else []
            made.append(f"{name} = {expression}")
        return made

    def _environ_notes(self) -> list[str]:
        return [f"{name} in the environment is {what}" for name, what in self._context.environ.items()]

    def _imported(self, source: str, profile: ProfileText) -> Imported:
        context = self._context
        pools = [element for element in survey.living(self._root) if element.kind == "JDBCDataSource"]
        sizes = [int(context.number(element.text("poolMax"))) for element in pools]
        return Imported(
            source,
            profile,
            tuple(context.account.outcomes()),
            tuple(context.notes),
            tuple(context.environ.items()),
            needs_url=any(text in source for text in ("user.http(", "run.http(")),
            needs_dsn=any(text in source for text in ("user.sql(", "run.sql(", "user.transaction(")),
            connections=max(sizes, default=0),
        )


def _without_unused_draws(statements: list[Statement], first: list[Statement]) -> list[Statement]:
    """Without rows of files of the whole plan that this journey never looks at."""
    used = frozenset().union(*(line.uses for line in lines_in(statements)), *_block_uses(statements))
    return [each for each in statements if each not in first or set(getattr(each, "sets", ())) & used]


def _block_uses(statements: Sequence[Statement]) -> list[frozenset[str]]:
    found: list[frozenset[str]] = []
    for statement in statements:
        if isinstance(statement, Block):
            found += [statement.uses, *_block_uses(statement.body)]
    return found
