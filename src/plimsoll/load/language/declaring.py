"""The decorators of the scenario language: @journey, @setup, @start, @teardown, @reset, and what they refuse."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, overload

from plimsoll.core.errors import UsageError
from plimsoll.load.language.feeding import calling_line
from plimsoll.load.language.scenario import MARK, AsyncFunction, Mark, Role

_ARGUMENTS: Mapping[Role, tuple[str, ...]] = {
    "journey": ("user",),
    "setup": ("run",),
    "start": ("user",),
    "teardown": ("run", "shared"),
    "reset": ("run",),
}
F = TypeVar("F", bound=AsyncFunction)


@overload
def journey(function: F, /) -> F: ...
@overload
def journey(*, weight: float = 1, name: str = "", writes: bool = False) -> Callable[[F], F]: ...
def journey(function: Any = None, /, *, weight: float = 1, name: str = "", writes: bool = False) -> Any:
    """Declares what one virtual user does: an async function of `user`.

    `weight` is its share against the other journeys, 0 makes it only where a profile's stage names it; `name` defaults
    to the function's, `writes` is a label.
    """
    if callable(function):
        return _mark(function, "journey", name=name)
    if function is not None:
        raise UsageError(
            "@journey takes its arguments by name",
            where=calling_line(),
            why=f"it was given {function!r}",
            remedy='@journey(weight=3, name="look up")',
        )

    def decorate(inner: Any) -> Any:
        return _mark(inner, "journey", weight=weight, name=name, writes=writes)

    return decorate


def setup(function: F) -> F:
    """Declares what runs once before feeds are read, in the coordinating process; its result is `user.shared`."""
    return _mark(function, "setup")


def start(function: F) -> F:
    """Declares what each user does once before its first journey; measured only where it names steps."""
    return _mark(function, "start")


def teardown(function: F) -> F:
    """Declares what runs at the very end, always, with `setup`'s result (None if it did not get that far)."""
    return _mark(function, "teardown")


def reset(function: F) -> F:
    """Declares what brings the target back to where it was, between the runs of a series (`--repeat`, `--matrix`)."""
    return _mark(function, "reset")


def _mark(function: F, role: Role, *, weight: float = 1.0, name: str = "", writes: bool = False) -> F:
    where = _place_of(function)
    if not _is_async(function):
        raise UsageError(
            f"@{role} needs an async function",
            where=where,
            why=f"{_name_of(function)} is not one",
            remedy="write async def",
        )
    if not _is_weight(weight):
        raise UsageError(
            f"wrong weight for journey {_name_of(function)}",
            where=where,
            why=f"{weight!r} is not a number from 0 on",
            remedy="@journey(weight=3)",
        )
    _check_arguments(function, role, where)
    _check_kept(function, where)
    mark = Mark(role, float(weight), name or function.__name__, writes, function.__code__.co_firstlineno)
    setattr(function, MARK, mark)
    return function


def _is_async(function: object) -> bool:
    return inspect.iscoroutinefunction(function)


def _is_weight(weight: object) -> bool:
    return isinstance(weight, (int, float)) and not isinstance(weight, bool) and 0 <= weight < float("inf")


def _check_arguments(function: Any, role: Role, where: str) -> None:
    wanted = _ARGUMENTS[role]
    try:
        inspect.signature(function).bind(*wanted)
    except TypeError as error:
        raise UsageError(
            f"@{role} function {function.__name__} takes the wrong arguments",
            where=where,
            why=str(error),
            remedy=f"write async def {function.__name__}({', '.join(wanted)})",
        ) from None


def _check_kept(function: Any, where: str) -> None:
    """Python would silently keep only the last of two functions of one name, and of two marks of one function."""
    name = function.__name__
    earlier = function.__globals__.get(name) if function.__qualname__ == name else None
    if hasattr(earlier, MARK):
        why = f"the one before it, in line {getattr(earlier, MARK).line}, would be lost"
        raise UsageError(f"two functions are called {name}", where=where, why=why, remedy="rename one of them")
    if hasattr(function, MARK):
        role = getattr(function, MARK).role
        raise UsageError(f"{name} is already a @{role}", where=where, remedy="write a function for each")


def _name_of(function: Any) -> str:
    return str(getattr(function, "__name__", repr(function)))


def _place_of(function: Any) -> str:
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}, line {code.co_firstlineno}" if code else calling_line()
