"""From a thread group's elements to the statements of a journey, in their order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from plimsoll.load.importers.jmx import controllers, jdbc
from plimsoll.load.importers.jmx.assertions import Checks, judge
from plimsoll.load.importers.jmx.code import Block, Line, Statement, lines_in
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.draws import draws
from plimsoll.load.importers.jmx.extractors import extraction
from plimsoll.load.importers.jmx.http import IN_QUERY, read_request
from plimsoll.load.importers.jmx.listing import NO_LOAD, reason_of
from plimsoll.load.importers.jmx.naming import described_query, described_request, plain_name
from plimsoll.load.importers.jmx.reading import Kind
from plimsoll.load.importers.jmx.scope import (
    HTTP_SAMPLERS,
    Scope,
    enabled,
    is_assertion,
    is_controller,
    is_extractor,
    is_group,
    is_sampler,
)  # fmt: skip
from plimsoll.load.importers.jmx.timers import pauses, think
from plimsoll.load.importers.jmx.tree import Element
from plimsoll.load.importers.source import literal

UNJUDGED: Final = "nothing is checked or read in @setup, @teardown and transactions"
GOING_ON: Final = "going_on"
DEFAULT_NAMES: Final = re.compile(r"(?i)(http|jdbc|https?) (request|sampler)( defaults)?")


@dataclass(slots=True)
class Walk:
    """One function in the making. `where` is "run" in @setup and @teardown, "tx" within a transaction."""

    context: Context
    common: dict[str, str]
    where: jdbc.Where = "user"
    going_on: bool = False
    nested: bool = False  # within a user.step: a failure there ends it
    until: str = ""  # the name of the time at which what is being made has to end
    writes: bool = False
    names: dict[str, str] = field(default_factory=dict)  # step -> what it does, to tell equal names apart

    def body(self, elements: list[Element], scope: Scope) -> list[Statement]:
        """The statements of children in their order; what is drawn for each pass comes first."""
        made = draws(self.context, elements) if self.where != "run" else []
        transactions = jdbc_transactions(elements, self.context.manual_commit)
        inside = {id(element) for run in transactions.values() for element in run}
        for element in enabled(elements):
            if id(element) in transactions:
                made += self.transaction(transactions[id(element)], scope)
            elif id(element) not in inside:
                made += self.element(element, scope)
        return made

    def element(self, element: Element, scope: Scope) -> list[Statement]:
        if is_controller(element):
            return controllers.statements(self, element, scope)
        if element.kind == "TestAction":
            return self.action(element, scope)
        if element.kind in HTTP_SAMPLERS or element.kind == "JDBCSampler":
            return self.sampler(element, scope)
        if is_sampler(element):
            why = reason_of(element)
            self.context.account.leave(element, why or "no such sampler: nothing is sent", below=True)
            return [] if why == NO_LOAD["DebugSampler"] else [_gap(element)]
        return []

    # -- samplers -----------------------------------------------------------------------------------------------------

    def sampler(self, element: Element, scope: Scope) -> list[Statement]:
        scope = scope.within(element)
        kind: Kind = "sql" if element.kind == "JDBCSampler" else "http"
        sending = self._sql(element, scope) if kind == "sql" else self._http(element, scope)
        if sending is None:
            return []
        if self.where == "run" and any("user." in line.python for line in lines_in(sending)):
            self.context.account.leave(element, "draws values, which only a user does", below=True)
            return []
        drawn = draws(self.context, element.children) if self.where == "user" else []
        waiting = [*drawn, *(pauses(self.context, scope) if self.where == "user" else [])]
        before = self._around(scope, "JDBCPreProcessor")
        after = self._around(scope, "JDBCPostProcessor")
        return [*waiting, *self.kept_going([*before, *_with_after(sending, after)])]

    def _http(self, element: Element, scope: Scope) -> list[Statement] | None:
        request = read_request(self.context, element, scope, self.common)
        after, checks = self._judged(element, scope, "http")
        step = self.step_name(element, described_request(request.method, request.path.python))
        self.context.hosts.setdefault(request.host, []).append(step)
        self.writes |= request.method not in IN_QUERY or request.method == "DELETE"
        reply = any("reply" in line.python for line in lines_in(after))
        return [request.line("" if self.where == "run" else step, checks.expected, reply=reply), *after]

    def _sql(self, element: Element, scope: Scope) -> list[Statement] | None:
        account = self.context.account
        if jdbc.kind_of(element) != "statement":
            account.leave(element, "each statement is a transaction of its own here", below=True)
            return None
        queries = jdbc.queries_of(self.context, element)
        if queries is None:
            return None
        results = jdbc.result_lines(self.context, element)
        after = self._judged(element, scope, "sql")[0] if self.where == "user" else []
        if self.where != "user":
            self._leave_judges(element)
        for name in ("dataSource", "resultVariable", "resultSetHandler"):
            element.text(name)
        account.take(element)
        account.unread(element)
        self.writes |= jdbc.is_write(element)
        step = self.step_name(element, described_query(element.text("query")))
        self.context.databases.setdefault(element.text("dataSource"), []).append(step)
        rows = any("rows" in line.python for line in lines_in([*results, *after]))
        most = int(self.context.number(element.text("resultSetMaxRows")))
        results = [Line(f"rows = rows[:{most}]"), *results] if rows and most > 0 else results
        return [*jdbc.statement_lines(queries, self.where, step, rows=rows), *results, *after]

    def _judged(self, element: Element, scope: Scope, kind: Kind) -> tuple[list[Statement], Checks]:
        """What follows a request: extractors, then assertions."""
        checks = Checks()
        found = list(scope.outermost_first())
        after = [line for each in found if is_extractor(each) for line in self._extracted(each, kind)]
        for each in found:
            if is_assertion(each):
                self._judge(each, kind, checks)
        return [*after, *checks.lines], checks

    def _judge(self, element: Element, kind: Kind, checks: Checks) -> None:
        before = len(checks.lines)
        judge(self.context, element, kind, checks)
        if self.where == "run" and len(checks.lines) > before:  # a hook has no step that a check could fail
            del checks.lines[before:]
            self.context.account.leave(element, UNJUDGED)

    def _extracted(self, element: Element, kind: Kind) -> list[Statement]:
        return [] if element.kind in jdbc.JDBC else extraction(self.context, element, kind)

    def _leave_judges(self, element: Element) -> None:
        for each in enabled(element.children):
            if is_assertion(each) or (is_extractor(each) and each.kind not in jdbc.JDBC):
                self.context.account.leave(each, UNJUDGED)

    def _around(self, scope: Scope, kind: str) -> list[Statement]:
        """JDBC statements before or after a sampler."""
        return [line for each in scope.outermost_first() if each.kind == kind for line in self._unmeasured(each)]

    def _unmeasured(self, element: Element) -> list[Statement]:
        queries = jdbc.queries_of(self.context, element)
        if queries is None:
            return []
        for name in ("dataSource", "resultVariable", "resultSetHandler"):
            element.text(name)
        self.context.account.part(element, "is a step of its own here, and measured")
        self.context.account.unread(element)
        results = jdbc.result_lines(self.context, element)
        self.writes |= jdbc.is_write(element)
        step = self.step_name(element, element.kind)
        return [*jdbc.statement_lines(queries, self.where, step, rows=bool(results)), *results]

    def kept_going(self, made: list[Statement]) -> list[Statement]:
        """The statements in a block that a failed step ends, where the plan goes on after one."""
        if not self.going_on or self.nested or self.where != "user":
            return made
        presets: list[Statement] = [
            Line(f"{self.context.local(name)} = {line.otherwise or literal('')}", sets=(name,), preset=True)
            for name, line in {name: line for line in lines_in(made) for name in line.sets}.items()
        ]
        return [*presets, Block(f"with {GOING_ON}", made)]

    def step_name(self, element: Element, what: str) -> str:
        """The sampler's name without references; what it does, where the name is JMeter's own."""
        name = plain_name(element.name)
        if not name or DEFAULT_NAMES.fullmatch(name):
            name = what
        named, number = name, 2
        while self.names.setdefault(named, what) != what:
            named, number = f"{name} {number}", number + 1
        return named

    # -- transactions of several samplers -----------------------------------------------------------------------------

    def transaction(self, run: list[Element], scope: Scope) -> list[Statement]:
        """JDBC samplers up to a commit as one user.transaction; those up to a rollback are left out."""
        account, last = self.context.account, run[-1]
        if jdbc.kind_of(last) == "rollback":
            for element in run:
                account.leave(
                    element, f"is rolled back in line {last.line}, which user.transaction never does", below=True
                )
            return []
        inner = Walk(self.context, self.common, "run" if self.where == "run" else "tx", names=self.names)
        made: list[Statement] = []
        for element in run:
            if jdbc.kind_of(element) == "statement":
                made += inner.sampler(element, scope)
            else:
                account.take(element)
                for name in ("dataSource", "query"):
                    element.text(name)
        self.writes |= inner.writes
        name = self.step_name(last, f"commit in line {last.line}")
        return made if self.where == "run" else self.kept_going(jdbc.transaction_lines(name, made))

    # -- pauses and jumps ---------------------------------------------------------------------------------------------

    def action(self, element: Element, scope: Scope) -> list[Statement]:
        """Flow Control Action: 1 pauses, 3 begins the next loop of the thread; others have no equal."""
        what = element.text("ActionProcessor.action", "1")
        duration = self.context.text(element, "ActionProcessor.duration", "0")
        element.text("ActionProcessor.target")
        waiting = pauses(self.context, scope.within(element)) if self.where == "user" else []
        if self.where == "run" or what not in ("1", "3"):
            self.context.account.leave(element, "there is no such action in a scenario", below=True)
            return waiting
        self.context.account.take(element)
        if what == "3":
            return [*waiting, Line("return")]
        line = think(duration)
        return [*waiting, *([line] if line else [])]


def _gap(element: Element) -> Line:
    return Line(f"# {element.kind} {literal(plain_name(element.name))} was here, line {element.line}")


def _with_after(sending: list[Statement], after: list[Statement]) -> list[Statement]:
    """What a post-processor does comes behind the checks of its sampler, but before those of what it sets."""
    late = {name for line in lines_in(after) for name in line.sets}
    waiting = [each for each in sending if each.uses & late]
    return [*(each for each in sending if not each.uses & late), *after, *waiting]


def jdbc_transactions(elements: list[Element], manual: frozenset[str]) -> dict[int, list[Element]]:
    """Runs of JDBC samplers that end with a commit or rollback, by the id of their first.

    A run begins with AutoCommit(false), or anywhere for a data source of the `manual`, which never commit themselves.
    """
    found: dict[int, list[Element]] = {}
    run: list[Element] = []
    for element in enabled(elements):
        if element.kind != "JDBCSampler":
            run = [] if is_sampler(element) or is_controller(element) or is_group(element) else run
            continue
        kind = jdbc.kind_of(element)
        begins = kind.startswith("autocommit") and "false" in kind
        goes_on = bool(run) or (kind == "statement" and element.text("dataSource") in manual)
        run = [element] if begins else [*run, element] if goes_on else []
        if run and kind in ("commit", "rollback"):
            found[id(run[0])] = run
            run = []
        elif kind.startswith("autocommit") and "true" in kind:
            run = []
    return found
