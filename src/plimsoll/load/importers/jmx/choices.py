"""Controllers that do one of several things, or do them sometimes: drawn from feeds, so that runs repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plimsoll.load.importers.jmx.code import Block, Line, Statement
from plimsoll.load.importers.jmx.draws import draws
from plimsoll.load.importers.jmx.scope import Scope, enabled, is_controller, is_sampler
from plimsoll.load.importers.jmx.tree import Element
from plimsoll.load.importers.source import literal

if TYPE_CHECKING:
    from plimsoll.load.importers.jmx.walk import Walk


def inside(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    return walk.body(element.children, scope.within(element))


def block(header: str, body: list[Statement], uses: frozenset[str] = frozenset()) -> list[Statement]:
    return [Block(header, body, uses)] if body else []


def _branches(walk: Walk, element: Element, scope: Scope) -> list[tuple[Element, list[Statement]]]:
    """The statements of each sampler or controller in it; what else is in it applies to all."""
    within = scope.within(element)
    chosen = [child for child in enabled(element.children) if is_sampler(child) or is_controller(child)]
    return [(child, walk.body([child], within)) for child in chosen]


def _choice(pick: str, branches: list[list[Statement]]) -> list[Statement]:
    made: list[Statement] = []
    for at, body in enumerate(branches):
        made.append(Block(f"{'elif' if at else 'if'} {pick} == {at}", body or [Line("pass")]))
    return made


def _picked(walk: Walk, element: Element, scope: Scope, order: str, why: str) -> list[Statement]:
    branches = [body for _, body in _branches(walk, element, scope)]
    if len(branches) < 2:
        return branches[0] if branches else []
    if why:
        walk.context.account.part(element, why)
    element.text("InterleaveControl.style")
    element.flag("InterleaveControl.accrossThreads")
    drawn = draws(walk.context, element.children)
    feed = walk.context.names.make(f"{element.name} picks", otherwise="picks")
    walk.context.feeds[feed] = f"feed.range(0, {len(branches) - 1}){order}"
    pick = walk.context.names.make("chance", otherwise="chance")
    return [*drawn, Line(f"{pick} = user.draw({feed})"), *_choice(pick, branches)]


def random(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    return _picked(walk, element, scope, "", "")


def interleave(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    why = "" if element.flag("InterleaveControl.accrossThreads") else "takes turns among all users, not within each"
    return _picked(walk, element, scope, ".sequential()", why)


def shuffled(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    branches = [body for _, body in _branches(walk, element, scope)]
    if len(branches) < 2:
        return branches[0] if branches else []
    feed = walk.context.names.make(f"{element.name} orders", otherwise="orders")
    count = len(branches)
    walk.context.feeds[feed] = f"feed.generate(lambda random: random.sample(range({count}), {count}))"
    pick = walk.context.names.make("chance", otherwise="chance")
    drawn = draws(walk.context, element.children)
    return [*drawn, Block(f"for {pick} in user.draw({feed})", _choice(pick, branches))]


def switch(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    value = walk.context.text(element, "SwitchController.value", "0")
    branches = _branches(walk, element, scope)
    if not branches:
        return []
    if value.known is not None and value.python.startswith('"'):
        fits = [body for at, (child, body) in enumerate(branches) if value.known in (str(at), child.name)]
        return fits[0] if fits else branches[0][1]
    pick = walk.context.names.make("chosen", otherwise="choice")
    drawn = draws(walk.context, element.children) if walk.where == "user" else []
    made: list[Statement] = [*drawn, Line(f"{pick} = {value.as_text}", value.uses)]
    for at, (child, body) in enumerate(branches):
        test = f"{pick} in ({literal(str(at))}, {literal(child.name)})"
        made.append(Block(f"{'elif' if at else 'if'} {test}", body or [Line("pass")]))
    return made


def percent(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    """A share of all passes; so many in all cannot be counted over several processes."""
    share = element.part("ThroughputController.percentThroughput")
    percent = walk.context.text(element, "ThroughputController.percentThroughput")
    if share.properties:
        percent = walk.context.code(next((v for v in share.properties.values() if isinstance(v, str)), "100"))
    element.text("ThroughputController.maxThroughput")
    body = inside(walk, element, scope)
    element.flag("ThroughputController.perThread")
    if element.text("ThroughputController.style", "0") != "1":
        walk.context.account.part(element, "a number of passes in all cannot be said: done in every pass")
        return body
    drawn = walk.context.draw("percents", "feed.generate(lambda random: random.uniform(0, 100))", "any")
    number = f"float({percent.as_text})"
    if percent.python.startswith('"'):
        number = f"{walk.context.number(percent.known or '', 100):g}"
    return block(f"if {drawn.python} < {number}", body, percent.uses)
