"""How a fill is called: with what it may say to, where it takes that."""

from collections.abc import Callable
from typing import Any

from plimsoll.cache.fill.filling import Filling
from plimsoll.core.errors import UsageError


def call_with(fill: Callable[..., Any], filling: Filling) -> Any:
    """`fill()`, or `fill(filling)` if it is a function that cannot be called without one argument."""
    return fill(filling) if takes_one(fill) else fill()


def takes_one(fill: Callable[..., Any]) -> bool:
    """Told by its code, which is quick to look at; what has none (a class, a partial) is called without arguments."""
    bound = hasattr(fill, "__func__")  # a method's first argument is
    code = getattr(fill, "__code__", None)
    return code is not None and code.co_argcount - bound > len(getattr(fill, "__defaults__", None) or ())


def lasting(value: Any) -> Any:
    """The value itself. Raises UsageError for an iterator: whoever came second would find nothing in it."""
    kind = type(value)
    if hasattr(kind, "__next__") or hasattr(kind, "__anext__"):
        raise exhaustible(f"the fill gives a {kind.__name__}")
    return value


def exhaustible(what: str) -> UsageError:
    why = f"{what}, which can be gone through only once"
    return UsageError("not a value that can be kept", why=why, remedy="give a list or a tuple of it")
