"""Logic controllers as Python's own if, for and while."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from plimsoll.load.importers.jmx.choices import block, inside, interleave, percent, random, shuffled, switch
from plimsoll.load.importers.jmx.code import Block, Code, Line, Statement, comment, does_something, lines_in
from plimsoll.load.importers.jmx.conditions import condition
from plimsoll.load.importers.jmx.naming import plain_name
from plimsoll.load.importers.jmx.scope import Scope, is_controller
from plimsoll.load.importers.jmx.timers import is_pause
from plimsoll.load.importers.jmx.tree import Element
from plimsoll.load.importers.source import literal

if TYPE_CHECKING:
    from plimsoll.load.importers.jmx.walk import Walk

MODULES_MAX: Final = 20  # within each other


def statements(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    """What a controller and everything in it become."""
    make = _MAKERS.get(element.kind)
    account = walk.context.account
    walk.context.element = element
    if walk.where == "run" and element.kind in _OF_USERS:
        account.leave(element, "@setup and @teardown have no user who chooses", below=True)
        return []
    if make is None:
        account.part(element, "no such controller: what is in it is done once, in order")
        return inside(walk, element, scope)
    if not account.spoken_for(element):
        account.take(element)
    made = make(walk, element, scope)
    account.unread(element)
    return made


def _simple(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    made = inside(walk, element, scope)
    return [comment(element.name), *made] if made and element.name.lower() not in _TRIVIAL else made


_TRIVIAL: Final = frozenset({"", "simple controller", "recording controller", "loop controller"})


def _loop(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    loops = walk.context.text(element, "LoopController.loops", "1")
    endless = loops.known == "-1"
    element.flag("LoopController.continue_forever")
    body = inside(walk, element, scope)
    if endless:
        lasting = f"time.monotonic() < {walk.until}" if walk.until else "True"
        return [Block(f"while {lasting}", body)] if does_something(body) else body
    return body if loops.known == "1" else block(f"for _ in range({loops.as_count})", body, loops.uses)


def _said(walk: Walk, element: Element, text: str) -> Code:
    """The condition, or a constant in its place that a person has to set."""
    walk.context.element = element
    made = condition(walk.context, text)
    if made is None:
        shown = " ".join(text.split())[:80]
        walk.context.account.part(element, "its condition is a script: a constant stands for it")
        remark = f"stands for the condition {shown} (line {element.line})"
        made = walk.context.constant(element.name or "condition", "True", remark=remark)
    return made


def _if(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    element.flag("IfController.evaluateAll")
    element.flag("IfController.useExpression")
    said = _said(walk, element, element.text("IfController.condition"))
    return block(f"if {said.python}", inside(walk, element, scope), said.uses)


def _while(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    text = element.text("WhileController.condition")
    if text.strip().upper() in ("", "LAST") or "<EOF>" in text:
        walk.context.account.part(element, "is done once: its end, a failure or <EOF>, cannot be said")
        return inside(walk, element, scope)
    said = _said(walk, element, text)
    body = inside(walk, element, scope)
    changed = {name for line in lines_in(body) for name in line.sets}
    if not said.uses & changed or not does_something(body):
        walk.context.account.part(element, "is done once: nothing in it changes its condition")
        return block(f"if {said.python}", body, said.uses)
    return block(f"while {said.python}", body, said.uses)


def _once(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    body = inside(walk, element, scope)
    if walk.where == "run":
        return body
    mark = literal(f"done: {element.name or 'once'}, line {element.line}")
    return block(f"if not user.state.get({mark})", [Line(f"user.state[{mark}] = True"), *body]) if body else []


def _transaction(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    """A user.step; the steps themselves where there are pauses in it that its time should not hold."""
    with_timers = element.flag("TransactionController.includeTimers", True)
    element.flag("TransactionController.parent")
    why = (
        "is within another transaction" if walk.nested else "has a user only in journeys" if walk.where == "run" else ""
    )
    if not why and not with_timers and _has_pauses(element, scope):
        why = "holds pauses, which would count in its time"
    if why:
        walk.context.account.part(element, f"{why}: its steps are measured one by one")
        return _simple(walk, element, scope)
    walk.nested = True
    body = inside(walk, element, scope)
    walk.nested = False
    step = Block(f"async with user.step({literal(plain_name(element.name) or 'transaction')})", body, certain=True)
    return walk.kept_going([step]) if body else []


def _has_pauses(element: Element, scope: Scope) -> bool:
    around = [each for each in scope.outermost_first() if is_pause(each)]
    return bool(around) or any(each.enabled and is_pause(each) for each in element.walk())


def _foreach(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    values, name = element.text("ForeachController.inputVal"), element.text("ForeachController.returnVal")
    first = int(walk.context.number(element.text("ForeachController.startIndex"), 0))
    last = int(walk.context.number(element.text("ForeachController.endIndex"), 0))
    element.flag("ForeachController.useSeparator")
    if walk.context.definitions.get(values) != "list":
        walk.context.account.leave(element, f"nothing here finds several {values}", below=True)
        return []
    bounds = f"[{first or ''}:{last or ''}]" if first or last else ""
    header = f"for {walk.context.local(name)} in {walk.context.local(values)}{bounds}"
    body = inside(walk, element, scope)
    return [Block(header, body, frozenset({values}), sets=(name,))] if body else []


def _module(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    """The controller or fragment that it names, in its place."""
    path = element.texts("ModuleController.node_path")
    target = walk.context.find(path)
    if target is None or len(walk.context.modules) >= MODULES_MAX or target in walk.context.modules:
        walk.context.account.leave(element, f"does not find {' / '.join(path[-2:]) or 'anything'}")
        return []
    walk.context.modules.append(target)
    try:
        walk.context.account.take(target)
        if is_controller(target) and target.kind != "TestFragmentController":
            return statements(walk, target, scope)
        return [comment(target.name), *inside(walk, target, scope)]
    finally:
        walk.context.modules.pop()


def _include(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    path = element.text("IncludeController.includepath")
    walk.context.account.leave(
        element, f"includes {path.rpartition('/')[2] or 'a file'}: import that by itself", below=True
    )
    return [Line(f"# line {element.line} includes another plan here")]


def _fragment(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    return []


def _runtime(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    seconds = walk.context.text(element, "RunTime.seconds", "1")
    until = walk.context.names.make("end of time", otherwise="end")
    outer, walk.until = walk.until, until
    body = inside(walk, element, scope)
    walk.until = outer
    if not does_something(body):
        return body
    walk.context.imports.add("import time")
    start = Line(f"{until} = time.monotonic() + {seconds.as_count}", seconds.uses)
    return [start, Block(f"while time.monotonic() < {until}", body)]


def _critical(walk: Walk, element: Element, scope: Scope) -> list[Statement]:
    element.text("CriticalSectionController.lockName")
    walk.context.account.part(element, "users do not wait for each other")
    return inside(walk, element, scope)


_OF_USERS: Final = frozenset({"RandomController", "InterleaveControl", "RandomOrderController", "ThroughputController"})
_MAKERS: Final[dict[str, Callable[[Walk, Element, Scope], list[Statement]]]] = {
    "GenericController": _simple, "RecordingController": _simple, "LoopController": _loop, "IfController": _if,
    "WhileController": _while, "OnceOnlyController": _once, "TransactionController": _transaction,
    "RandomController": random, "InterleaveControl": interleave, "RandomOrderController": shuffled,
    "SwitchController": switch, "ThroughputController": percent, "ForeachController": _foreach,
    "ModuleController": _module, "IncludeController": _include, "TestFragmentController": _fragment,
    "RunTime": _runtime, "CriticalSectionController": _critical,
}  # fmt: skip
