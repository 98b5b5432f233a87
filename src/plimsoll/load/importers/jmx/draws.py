"""What each pass of a loop begins with: a row of a CSV file, a counter's next value, a random number."""

from __future__ import annotations

from typing import Final

from plimsoll.load.importers.jmx.code import Line, Nature, Statement
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.layout import called, written
from plimsoll.load.importers.jmx.scope import enabled
from plimsoll.load.importers.jmx.tree import Element
from plimsoll.load.importers.source import literal

_UNNAMED: Final = "_"
DELIMITERS: Final = {"\\t": "\t", "tab": "\t", "": ","}


def draws(context: Context, elements: list[Element]) -> list[Statement]:
    """The lines of all configuration elements among `elements` that set variables for each pass."""
    made: list[Statement] = []
    for element in enabled(elements):
        make = _MAKERS.get(element.kind)
        if make is not None:
            context.element = element
            context.account.take(element)
            made += make(context, element)
            context.account.unread(element)
    return made


def defined_by(element: Element) -> dict[str, Nature]:
    """The variables such an element sets, with their nature."""
    if element.kind == "CSVDataSet":
        return dict.fromkeys(csv_names(element), "text")
    if element.kind == "CounterConfig":
        name = element.text("CounterConfig.name").strip()
        return {name: "text" if element.text("CounterConfig.format").strip() else "int"} if name else {}
    if element.kind == "RandomVariableConfig":
        name = element.text("variableName").strip()
        return {name: "text" if element.text("outputFormat").strip() else "int"} if name else {}
    if element.kind == "UserParameters":
        return dict.fromkeys(element.texts("UserParameters.names"), "text")
    return {}


def csv_names(element: Element) -> list[str]:
    return [name.strip() for name in element.text("variableNames").split(",") if name.strip()]


def csv_file(context: Context, element: Element) -> str:
    """The file's name beside the scenario; folders of the machine that made the plan are not here."""
    path = (context.known(element.text("filename")) or element.text("filename")).strip().replace("\\", "/")
    if path.startswith(("/", "~")) or ":" in path[:3] or "${" in path or "../" in path:
        path = path.rpartition("/")[2]
    return path.removeprefix("./")


def _csv(context: Context, element: Element) -> list[Statement]:
    names = csv_names(element)
    header = element.flag("ignoreFirstLine")
    delimiter = DELIMITERS.get(element.text("delimiter", ",").strip().lower(), element.text("delimiter", ",").strip())
    file = csv_file(context, element)
    given = [literal(file)]
    if len(delimiter) != 1:
        context.account.part(element, f"its delimiter {delimiter!r} is more than a character: a comma is put")
    elif delimiter != ",":
        given.append(f"delimiter={literal(delimiter)}")
    if names:
        given += [f"columns={written(names)}", *(["header=True"] if header else [])]
        given.append(f"types={written(dict.fromkeys(names, _STR))}".replace('"<str>"', "str"))
    ordered = called("feed.csv", given) + _order(context, element)
    _say_csv(context, element)
    read = [name for name in names if name in context.reads]
    if names and not read:
        context.account.part(element, "nothing reads what is in it")
        return []
    feed = context.feed(file.rpartition("/")[2].partition(".")[0], ordered)
    context.note(f"reads {file} (line {element.line} of the plan), which is looked for beside the scenario")
    if not names:
        row = context.local(context.rows_variable)
        return [Line(f"{row} = user.draw({feed})", sets=(context.rows_variable,))]
    targets = [context.local(name) if name in read else _UNNAMED for name in names]
    return [Line(f"{', '.join(targets)} = user.draw({feed})", sets=tuple(read))]


_STR: Final = "<str>"


def _order(context: Context, element: Element) -> str:
    """In order and again from the start, or each row once and then the end."""
    if element.flag("recycle", True):
        element.flag("stopThread")
        return ".sequential()"
    if element.flag("stopThread"):
        context.account.part(element, "when its rows are used up, the whole run ends")
        return ".unique()"
    context.account.part(element, "begins again at its end, and never says <EOF>")
    return ".sequential()"


def _say_csv(context: Context, element: Element) -> None:
    mode = element.text("shareMode", "shareMode.all")
    if "all" not in mode.lower():
        context.account.part(element, "its rows are shared by all users")
    encoding = element.text("fileEncoding")
    if encoding and encoding.upper().replace("-", "") not in ("UTF8", "ASCII", "USASCII"):
        context.account.part(element, f"its file is in {encoding}: save it as UTF-8")
    element.flag("quotedData")


def _counter(context: Context, element: Element) -> list[Statement]:
    name, format_ = element.text("CounterConfig.name").strip(), element.text("CounterConfig.format").strip()
    start = int(context.number(element.text("CounterConfig.start"), 0))
    step = int(context.number(element.text("CounterConfig.incr"), 1)) or 1
    end = int(context.number(element.text("CounterConfig.end"), 0)) or start + 10_000_000 * step
    for flag in ("CounterConfig.per_user", "CounterConfig.reset_on_tg_iteration"):
        if element.flag(flag):
            context.account.part(element, "counts for all users together")
    values = f"feed.range({start}, {end})" if step == 1 else f"feed.values(range({start}, {end + 1}, {step}))"
    if not name or name not in context.reads or end < start:
        return []
    feed = context.feed(f"{name} values", f"{values}.sequential()")
    return [Line(f"{context.local(name)} = {_formatted(f'user.draw({feed})', format_)}", sets=(name,))]


def _formatted(drawn: str, format_: str) -> str:
    """A number as text, in as many digits as a format such as "0000" asks for."""
    if not format_:
        return drawn
    head, tail = format_.rstrip("0#"), format_[len(format_.rstrip("0#")) :]
    return f'f"{head.replace("{", "{{").replace("}", "}}")}{{{drawn}:0{tail.count("0") or 1}d}}"'


def _random(context: Context, element: Element) -> list[Statement]:
    name, format_ = element.text("variableName").strip(), element.text("outputFormat").strip()
    low, high = (int(context.number(element.text(key), 0)) for key in ("minimumValue", "maximumValue"))
    element.flag("perThread")
    element.text("randomSeed")
    if not name or name not in context.reads or high < low:
        return []
    feed = context.feed(f"{name} values", f"feed.range({low}, {high})")
    return [Line(f"{context.local(name)} = {_formatted(f'user.draw({feed})', format_)}", sets=(name,))]


def _parameters(context: Context, element: Element) -> list[Statement]:
    """Each user has a row of its own."""
    names = element.texts("UserParameters.names")
    users = [
        [value for value in row if isinstance(value, str)]
        for row in element.items("UserParameters.thread_values")
        if isinstance(row, list)
    ]
    element.flag("UserParameters.per_iteration")
    rows = [tuple(context.secret(name, value) for name, value in zip(names, row, strict=False)) for row in users]
    read = [name for name in names if name in context.reads]
    if not rows or not read or any(code.uses for row in rows for code in row):
        return []
    constant = context.constant(element.name or "user parameters", written(rows)).python
    targets = ", ".join(context.local(name) if name in read else _UNNAMED for name in names)
    comma = "," if len(names) == 1 else ""
    return [Line(f"{targets}{comma} = {constant}[user.number % {len(rows)}]", sets=tuple(read))]


_MAKERS: Final = {
    "CSVDataSet": _csv,
    "CounterConfig": _counter,
    "RandomVariableConfig": _random,
    "UserParameters": _parameters,
}
