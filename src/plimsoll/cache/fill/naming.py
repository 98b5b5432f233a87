"""What a function's values are called where no key is given: its name, as long as that tells it from every other."""

import inspect
from collections.abc import Callable
from typing import Any, Final

from plimsoll.core.errors import UsageError

_MADE: Final = "<l"  # in the names of what is defined within a function, and of lambdas: any number may have one
NAMES_MAX: Final = 10_000  # of one namespace; beyond, what came first is forgotten, and may be shared again


class Names:
    """Of the functions that one namespace caches: the last of each name, and how many have had it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Callable[..., Any], int]] = {}

    def named(self, function: Callable[..., Any], template: str | None, *, shared: bool = False) -> str:
        """The name under which its values are kept; with a template of keys, which names them, for messages. `shared`:
        other processes have its values, too, by that name.

        What is defined anew, as when a module is loaded again, gets a name of its own, since the values of before are
        another function's. Raises UsageError for one that has the name of another which lives beside it, or may have
        that of another process's.
        """
        name = name_of(function, keyed=template is not None)
        if shared and template is None and (_MADE in name or inspect.ismethod(function)):
            raise _unsure(name)
        about = f"{name} {template}" if template is not None else name
        last, count = self._known.get(about, (function, 1))
        if not _alike(function, last):
            if _lives_beside(function, last, name):
                raise _shared(name, template)
            count += 1
        self._known[about] = function, count
        if len(self._known) > NAMES_MAX:
            del self._known[next(iter(self._known))]
        return name if count == 1 or template is not None else f"{name}#{count}"


def name_of(function: Callable[..., Any], *, keyed: bool) -> str:
    """Module and name. Raises UsageError for what has none and is given no key, as a partial."""
    name = getattr(function, "__qualname__", None)
    if name is not None:
        return f"{function.__module__}.{name}"
    if keyed:
        return type(function).__qualname__
    why = f"a {type(function).__name__} has no name by which its values could be kept"
    raise UsageError("no key can be made for the function", why=why, remedy="pass key=, a template or a function")


def _alike(function: Any, last: Any) -> bool:
    """Whether they give the same: what is closed over and bound may differ, defaults are arguments."""
    if function == last:
        return True
    code = getattr(function, "__code__", None)
    apart = getattr(function, "__closure__", None) or hasattr(function, "__self__")
    return code is not None and not apart and code == getattr(last, "__code__", None)


def _lives_beside(function: Any, last: Any, name: str) -> bool:
    """Whether it does not take the other's place: one of a factory's, a lambda, a bound method. A name of a module or
    class has one function at a time, of which loading it again makes another code."""
    code = getattr(function, "__code__", None)
    return _MADE in name or code is None or code is getattr(last, "__code__", None)


def _shared(name: str, template: str | None) -> UsageError:
    how = "and their values one key, made of their name" if template is None else f"and one template, {template!r:.80}"
    why = f"they have one name, {name}, {how}"
    return UsageError("two functions would give each other's values", why=why, remedy=_TELL_APART)


def _unsure(name: str) -> UsageError:
    why = f"{name} is made while the program runs, and its values are shared: another process may make another one"
    return UsageError("two functions might give each other's values", why=why, remedy=_TELL_APART)


_TELL_APART: Final = "pass key= with what tells them apart, as key=f'{table}:{{id}}', or a function of the arguments"
