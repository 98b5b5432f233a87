"""JMeter's functions as Python: `${__Random(1,9)}`, `${__time(yyyy-MM-dd)}`, `${__P(users,10)}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from plimsoll.load.importers.jmx.code import Code, joined, text_code
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.secrets import is_secret
from plimsoll.load.importers.jmx.texts import Call, Variable
from plimsoll.load.importers.source import literal

# SimpleDateFormat's letters as strftime's; what is in neither table is not understood.
_DATES: Final = {
    "yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "a": "%p",
    "MMM": "%b", "MMMM": "%B", "EEE": "%a", "EEEE": "%A", "DDD": "%j", "Z": "%z", "z": "%Z", "uuuu": "%Y",
}  # fmt: skip


def call_code(context: Context, call: Call) -> Code:
    """The function as an expression; a constant in its place where it cannot be said."""
    make = _MAKERS.get(call.name)
    made = make(context, call) if make else None
    if made is None:
        return context.unknown(call.text, call.name, "not understood")
    return made


def _argument(context: Context, call: Call, at: int, default: str = "") -> Code:
    if at >= len(call.arguments) or not call.arguments[at]:
        return text_code(default)
    return joined(context.parts(call.arguments[at]))


def _property(context: Context, call: Call) -> Code | None:
    """-Jname=value of JMeter's command line: here a variable of the environment."""
    name = _argument(context, call, 0).known
    default = _argument(context, call, 1 if call.name == "P" else 2, "1" if call.name == "P" else "")
    if not name or default.known is None:
        return None
    what = f"the property {name}"
    return context.from_environ(name, None if is_secret(name, default.known) else default.known, what)


def _whole(value: Code) -> int | None:
    text = (value.known or "").strip()
    return int(text) if re.fullmatch(r"-?\d{1,15}", text) else None


def _random(context: Context, call: Call) -> Code | None:
    low, high = (_whole(_argument(context, call, at)) for at in (0, 1))
    if low is None or high is None or _sets(call, 2):
        return None
    return context.draw(f"numbers {low} to {high}", f"feed.range({low}, {high})")


def _random_string(context: Context, call: Call) -> Code | None:
    length = _whole(_argument(context, call, 0))
    letters = _argument(context, call, 1, "abcdefghijklmnopqrstuvwxyz").known
    if length is None or not letters or _sets(call, 2):
        return None
    made = f'feed.generate(lambda random: "".join(random.choices({literal(letters)}, k={length})))'
    return context.draw(f"texts of {length}", made, "text")


def _time(context: Context, call: Call) -> Code | None:
    pattern = _argument(context, call, 0).known
    if pattern is None or _sets(call, 1):
        return None
    if not pattern or re.fullmatch(r"/\d+", pattern):
        context.imports.add("import time")
        divisor = int(pattern[1:] or 1) if pattern else 1
        said = {1: "int(time.time() * 1000)", 1000: "int(time.time())"}
        return Code(said.get(divisor, f"int(time.time() * 1000) // {divisor or 1}"), "int")
    return _date(context, "datetime.now()", pattern)


def _date(context: Context, moment: str, pattern: str) -> Code | None:
    format_ = strftime(pattern)
    if format_ is None:
        return None
    context.imports.add("from datetime import datetime")
    return Code(f"{moment}.strftime({literal(format_)})")


def strftime(pattern: str) -> str | None:
    """SimpleDateFormat's pattern as strftime's; None where a letter has no equal."""
    made = ""
    for found in re.finditer(r"'([^']*)'|(([A-Za-z])\3*)|([^A-Za-z'])", pattern):
        quoted, letters, _, other = found.groups()
        if letters and letters not in _DATES:
            return None
        made += _DATES[letters] if letters else (other or quoted or "'").replace("%", "%%")
    return made


def _thread_number(context: Context, call: Call) -> Code:
    return Code("user.number + 1", "int")


def _uuid(context: Context, call: Call) -> Code:
    context.imports.add("import uuid")
    return Code("uuid.uuid4()", "any")


def _counter(context: Context, call: Call) -> Code | None:
    if _sets(call, 1):
        return None
    if (_argument(context, call, 0).known or "").lower() == "true" and context.element is not None:
        context.account.part(context.element, "__counter counts for all users together")
    return context.draw("counter", "feed.range(1, 2**53).sequential()")


def _value(context: Context, call: Call) -> Code | None:
    name = _argument(context, call, 0).known
    return context.variable(name) if name else None


def _evaluated(context: Context, call: Call) -> Code | None:
    return _argument(context, call, 0)


def _sum(context: Context, call: Call) -> Code | None:
    arguments = [argument for argument in call.arguments if argument]
    last = arguments[-1] if arguments else ()
    if len(last) == 1 and isinstance(last[0], str) and not re.fullmatch(r"\s*-?\d+\s*", last[0]):
        return None  # the name of a variable that takes the sum
    terms = [joined(context.parts(argument)) for argument in arguments]
    uses = frozenset().union(*(term.uses for term in terms))
    return Code("(" + " + ".join(term.as_int for term in terms) + ")", "int", uses) if terms else None


def _encoded(context: Context, call: Call) -> Code:
    context.imports.add("from urllib.parse import quote_plus")
    value = _argument(context, call, 0)
    return Code(f"quote_plus({value.as_text})", uses=value.uses)


def _base64(context: Context, call: Call) -> Code | None:
    if _sets(call, 1):
        return None
    context.imports.add("from base64 import b64encode")
    value = _argument(context, call, 0)
    return Code(f"b64encode({value.as_text}.encode()).decode()", uses=value.uses)


def _cased(method: str) -> Callable[[Context, Call], Code | None]:
    def made(context: Context, call: Call) -> Code | None:
        value = _argument(context, call, 0)
        return None if _sets(call, 1) else Code(f"{value.as_text}.{method}()", uses=value.uses)

    return made


def _plain(value: str) -> Callable[[Context, Call], Code | None]:
    return lambda context, call: text_code(value)


def _sets(call: Call, at: int) -> bool:
    """Whether the function also puts its value into a variable that something may read."""
    return any(argument and not isinstance(argument[0], Variable) for argument in call.arguments[at:])


_MAKERS: Final[dict[str, Callable[[Context, Call], Code | None]]] = {
    "P": _property, "property": _property, "Random": _random, "RandomString": _random_string, "time": _time,
    "threadNum": _thread_number, "UUID": _uuid, "counter": _counter, "V": _value, "eval": _evaluated,
    "intSum": _sum, "longSum": _sum, "urlencode": _encoded, "base64Encode": _base64, "threadGroupName": _plain("users"),
    "lowercase": _cased("lower"), "uppercase": _cased("upper"), "trim": _cased("strip"),
}  # fmt: skip
