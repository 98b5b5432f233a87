"""Functions whose values are cached by their arguments: `@cache.cached(ttl=300, key="order:{order_id}", tags=[…])`."""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from plimsoll.cache.fill.calling import exhaustible
from plimsoll.cache.fill.filling import filling
from plimsoll.cache.fill.keys import KeyTemplate, TagTemplate, TenantTemplate, written
from plimsoll.cache.fill.naming import name_of
from plimsoll.cache.fill.wish import Wish, checked_key, checked_several
from plimsoll.cache.store.lookup import NOT_PLAIN
from plimsoll.core.errors import UsageError

if TYPE_CHECKING:
    from plimsoll.cache.face import Face

_RECEIVERS: Final = ("self", "cls")  # of methods: not part of a key that is made of all arguments


def _settings(recipe: "Recipe") -> tuple[tuple[str, object], ...]:
    return ("key", recipe.key or ""), ("tenant", recipe.tenant)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the calls of a function are cached. `wish` is what all of them share.

    `key`: a template, a function of the arguments, or None: all of the arguments. `tags`: texts, with arguments in
    braces templates (`order:{order_id}`, `line:{order.id}/1`); or a function of the result, and the arguments by name.
    `tenant`: a name, a template, or a function of the arguments: whose quota it counts for, and no part of the key.
    """

    wish: Wish
    key: str | Callable[..., str] | None = None
    tags: Iterable[str] | Callable[..., Iterable[str]] = ()
    tenant: str | Callable[..., str] = ""

    def __post_init__(self) -> None:
        for name, given in _settings(self):
            if not isinstance(given, str) and not callable(given):
                why = f"{name} is {given!r:.60}"
                remedy = f"set {name} to a text, or to a function of the arguments"
                raise UsageError(f"not a {name} of a cached function", why=why, remedy=remedy)


class Calls:
    """A function's calls as keys, tags and tenants. Raises UsageError for a recipe that does not fit the function."""

    def __init__(self, function: Callable[..., Any], recipe: Recipe, prefix: str, name: str) -> None:
        self.function = function
        self._recipe = recipe
        self._prefix = prefix
        self._signature = inspect.signature(function)
        self._name = name
        names = tuple(self._signature.parameters)
        own = getattr(function, "__qualname__", "").rpartition("<locals>.")[2]
        is_method = "." in own and names[:1] and names[0] in _RECEIVERS
        self._named = names[1:] if is_method else names
        self._simple = all(
            one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for one in self._signature.parameters.values()
        )
        self._names = names
        self._name_set = frozenset(names)
        given = {name: one.default for name, one in self._signature.parameters.items()}
        self._defaults = {name: value for name, value in given.items() if value is not inspect.Parameter.empty}
        self._key = KeyTemplate(recipe.key) if isinstance(recipe.key, str) else recipe.key
        self._tags, self._templates = _tags_of(recipe.tags)
        self._tenant = TenantTemplate(recipe.tenant) if isinstance(recipe.tenant, str) and recipe.tenant else None
        templates = [one for one in (self._key, self._tenant) if isinstance(one, KeyTemplate)]
        fields = [field for one in templates for field in one.fields]
        fields += [field for one in self._templates for field in one.fields]
        for field in fields:
            if field.partition(".")[0] not in names:
                why = f"{self._name} has no argument {field!r}, only {', '.join(names) or 'none'}"
                raise UsageError("a template does not fit the function", why=why, remedy="name its arguments")

    def key(self, arguments: Mapping[str, Any]) -> str:
        """The key of a call, with the namespace. Raises UsageError for arguments of which none can be made."""
        if isinstance(self._key, KeyTemplate):
            made = self._key.made(arguments)
        elif self._key is not None:
            made = checked_key(self._key(**arguments))
        else:
            made = f"{self._name}({','.join([written(arguments[name], name) for name in self._named])})"
        return self._prefix + made

    def arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        """By name, defaults included. Raises TypeError as the function itself would."""
        if self._simple:  # most are: a tenth of what binding takes
            simple = {**self._defaults, **dict(zip(self._names, args, strict=False)), **kwargs}
            twice = kwargs and not kwargs.keys().isdisjoint(self._names[: len(args)])
            if len(args) <= len(self._names) and not twice and simple.keys() == self._name_set:
                return simple
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return {
            name: tuple(sorted(value.items()))
            if self._signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
            else value
            for name, value in bound.arguments.items()
        }

    def wish(self, key: str, arguments: Mapping[str, Any]) -> Wish:
        """What is asked for by a call."""
        made = tuple(one.made(arguments) for one in self._templates)
        tenant = self._recipe.tenant if self._tenant is None else self._tenant.made(arguments)
        return replace(
            self._recipe.wish,
            key=key,
            tags=self._tags + made,
            tenant=tenant if isinstance(tenant, str) else tenant(**arguments),
        )

    def told(self, value: Any, arguments: Mapping[str, Any]) -> Any:
        """The value itself; what a function of tags says of it is told to the fill that runs."""
        if callable(self._recipe.tags):
            running = filling()
            assert running is not None
            running.tag(*checked_several(self._recipe.tags(value, **arguments)))
        return value


def decorated(face: "Face", function: Callable[..., Any], recipe: Recipe) -> Any:
    """The function, cached: with `invalidate(*args)`, which takes the value for these arguments out, and `uncached`."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise exhaustible(f"{name_of(function, keyed=True)} yields")
    if recipe.key is None or isinstance(recipe.key, str):
        name = face.names.named(function, recipe.key, shared=face.is_shared)
    else:  # makes what keys it likes
        name = name_of(function, keyed=True)
    calls = Calls(function, recipe, face.prefix, name)
    make = _awaited if inspect.iscoroutinefunction(function) else _called
    wrapper = functools.wraps(function)(make(face, calls, pure=recipe.wish.pure))

    def invalidate(*args: Any, **kwargs: Any) -> bool:
        return face.delete_full(calls.key(calls.arguments(args, kwargs)))

    wrapper.uncached = function  # type: ignore[attr-defined]
    wrapper.invalidate = invalidate  # type: ignore[attr-defined]
    return wrapper


def _awaited(face: "Face", calls: Calls, *, pure: bool) -> Callable[..., Any]:
    function = calls.function

    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        arguments = calls.arguments(args, kwargs)
        key = calls.key(arguments)
        found = face.plain(key)
        if found is not NOT_PLAIN and not pure:
            return found

        async def fill() -> Any:
            return calls.told(await function(*args, **kwargs), arguments)

        if found is not NOT_PLAIN:
            await face.audit_hit(key, (), found, fill)
            return found
        return await face.fetch_wish(calls.wish(key, arguments), fill)

    return wrapper


def _called(face: "Face", calls: Calls, *, pure: bool) -> Callable[..., Any]:
    function = calls.function

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        arguments = calls.arguments(args, kwargs)
        key = calls.key(arguments)
        found = face.plain(key)
        if found is not NOT_PLAIN and not pure:
            return found

        def fill() -> Any:
            return calls.told(function(*args, **kwargs), arguments)

        if found is not NOT_PLAIN:
            face.audit_hit_sync(key, (), found, fill)
            return found
        return face.fetch_wish_sync(calls.wish(key, arguments), fill)

    return wrapper


def _tags_of(tags: Any) -> tuple[tuple[str, ...], tuple[TagTemplate, ...]]:
    """Those that are always the same, and templates."""
    if callable(tags):
        return (), ()
    several = checked_several(tags)
    told = next((one for one in several if "{" in one and " when " in one), None)
    if told is not None:
        why = f"{told[:80]!r} says when the database writes it, which is said where the table is watched"
        raise UsageError("not a tag of a value", why=why, remedy=f"tags=[{told.partition(' when ')[0]!r}]")
    return tuple(one for one in several if "{" not in one), tuple(TagTemplate(one) for one in several if "{" in one)
