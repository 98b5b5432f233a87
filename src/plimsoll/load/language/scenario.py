"""The scenario language: what a scenario file declares, and reading such a file.

A scenario is a Python file of weighted journeys. It is run as ordinary Python, once in each process; a mistake in it is
answered with its file, line and a remedy.
"""

import inspect
import re
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from plimsoll.core.errors import PlimsollError, UsageError
from plimsoll.load.language.feeding import Feed, collecting

JOURNEYS_MAX = 500
Role = Literal["journey", "setup", "start", "teardown", "reset"]
MARK = "__plimsoll__"
AsyncFunction = Callable[..., Awaitable[Any]]


class StepFailed(Exception):
    """A step of a journey failed; it ends the journey unless the scenario catches it.

    `error_class` is an SQLSTATE such as "40001", "timeout", "check: one row" and the like.
    """

    def __init__(self, step: str, error_class: str, message: str = "") -> None:
        super().__init__(f"{step}: {error_class}{': ' if message else ''}{message}")
        self.step = step
        self.error_class = error_class


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decorator says of a function."""

    role: Role
    weight: float = 1.0
    name: str = ""
    writes: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Journey:
    name: str
    weight: float
    writes: bool
    function: AsyncFunction


@dataclass(frozen=True, slots=True)
class Scenario:
    """A loaded scenario file. `feeds` are in the order in which the file makes them."""

    path: Path
    journeys: tuple[Journey, ...]
    feeds: tuple[Feed, ...]
    setup: AsyncFunction | None = None
    start: AsyncFunction | None = None
    teardown: AsyncFunction | None = None
    reset: AsyncFunction | None = None

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a hook is given: `run.sql(query, *parameters)` returns rows, `run.http(method, path, ...)` a reply (see
    `plimsoll.load.http.client`), `run.seed` is the run's.
    """

    sql: Callable[..., Awaitable[list[Any]]]
    http: Any
    seed: int
    environment: str


# -- reading a file ---------------------------------------------------------------------------------------------------


def load_scenario(path: Path) -> Scenario:
    """Runs a scenario file and returns what it declares. Raises UsageError naming file, line and remedy."""
    if not path.is_file():
        near = ", ".join(sorted(other.name for other in path.parent.glob("*.py"))[:5]) if path.parent.is_dir() else ""
        raise UsageError(
            f"no scenario file {path}",
            why=f"there are {near}" if near else "",
            remedy="make a first one: plimsoll init",
        )
    with collecting() as feeds:
        module = _execute(path)
    marked = _marked(module)
    journeys = tuple(
        Journey(mark.name, mark.weight, mark.writes, function) for mark, function in marked if mark.role == "journey"
    )
    _check_journeys(journeys, path)
    return Scenario(
        path,
        journeys,
        tuple(feeds),
        setup=_only("setup", marked, path),
        start=_only("start", marked, path),
        teardown=_only("teardown", marked, path),
        reset=_only("reset", marked, path),
    )


class _LeavesNothing(SourceFileLoader):
    """Writes no bytecode beside the file: who only looks at a scenario leaves nothing behind."""

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None: ...


def _execute(path: Path) -> ModuleType:
    name = "plimsoll_scenario_" + re.sub(r"\W", "_", path.stem)
    spec = spec_from_file_location(name, path, loader=_LeavesNothing(name, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    directory = str(path.resolve().parent)
    if directory not in sys.path:
        sys.path.insert(0, directory)  # helpers beside the scenario, as for any script
    try:
        spec.loader.exec_module(module)
    except PlimsollError:
        raise
    except SyntaxError as error:
        raise UsageError(
            "syntax error in the scenario",
            where=f"{error.filename}, line {error.lineno}",
            why=error.msg,
            remedy="mend that line, or one just before it",
        ) from error
    except (Exception, SystemExit) as error:
        raise scenario_mistake(error, path) from error
    return module


def scenario_mistake(error: BaseException, path: Path) -> UsageError:
    """A foreign exception out of a scenario file as an error that names the file's own line."""
    line = line_in(error, path)
    remedy = f"install it: pip install {error.name}" if isinstance(error, ModuleNotFoundError) else ""
    return UsageError(
        "the scenario failed",
        where=f"{path}, line {line}" if line else str(path),
        why=f"{type(error).__name__}: {error}",
        remedy=remedy or "mend that line; the file is run as ordinary Python",
    )


def line_in(error: BaseException, path: Path) -> int | None:
    """The last line of `path` that an exception came through."""
    wanted = path.resolve()
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).resolve() == wanted
    ]
    return lines[-1] if lines else None


def _marked(module: ModuleType) -> list[tuple[Mark, AsyncFunction]]:
    found: dict[int, tuple[Mark, AsyncFunction]] = {}
    for value in vars(module).values():
        mark = getattr(value, MARK, None) if inspect.isfunction(value) else None
        if isinstance(mark, Mark):
            found[id(value)] = (mark, value)
    return sorted(found.values(), key=lambda item: item[0].line)


def _check_journeys(journeys: tuple[Journey, ...], path: Path) -> None:
    if not journeys:
        raise UsageError(
            "the scenario has no journey",
            where=str(path),
            remedy="decorate an async function: from plimsoll import journey; @journey",
        )
    if len(journeys) > JOURNEYS_MAX:
        raise UsageError("too many journeys", where=str(path), why=f"{len(journeys)}; at most {JOURNEYS_MAX}")
    names = [item.name for item in journeys]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"two journeys are called {twice[0]!r}", where=str(path), remedy='rename one: @journey(name="...")'
        )


def _only(role: Role, marked: list[tuple[Mark, AsyncFunction]], path: Path) -> AsyncFunction | None:
    functions = [(mark, function) for mark, function in marked if mark.role == role]
    if len(functions) > 1:
        line = functions[1][0].line
        raise UsageError(f"more than one @{role}", where=f"{path}, line {line}", remedy="call one from the other")
    return functions[0][1] if functions else None
