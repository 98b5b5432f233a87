"""The pieces of a seed plan that are numbers, lists and distributions."""

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, NoReturn

from plimsoll.core.errors import UsageError
from plimsoll.core.units import parse_duration
from plimsoll.data.plan.values import Distribution, DistributionKind

_KINDS: Final[Mapping[DistributionKind, tuple[str, ...]]] = {
    "uniform": ("low", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "exponential": ("mean",),
    "zipf": ("low", "high", "s"),
    "negative-binomial": ("mean", "r"),
    "poisson": ("mean",),
    "constant": ("value",),
}
_POSITIVE: Final = ("median", "r")
NAMED_MAX: Final = 20  # right names told for a wrong one
_PARTS_MAX: Final = 20
_NUMBER_MAX: Final = 1e18  # beyond it neighbours differ by more than 100
_MOST: Final = {"sigma": 10.0, "s": 20.0}  # e**10: one in six is 22,000 times the median
_COUNTED_MAX: Final = 2_000.0  # their tables end at 10,000


def read_distribution(said: Any, where: str) -> Distribution:
    """{lognormal = {median = 6, sigma = 1.5}, max = 200}, or a number for a constant. Durations count as seconds."""
    if isinstance(said, int | float | str) and not isinstance(said, bool):
        return Distribution("constant", {"value": number(said, where)})
    if not isinstance(said, dict):
        refuse(where, "it is no distribution", "{ lognormal = { median = 6, sigma = 1.5 } }")
    refuse_unknown(said, (*_KINDS, "mixture", "min", "max"), where)
    kinds = [name for name in (*_KINDS, "mixture") if name in said]
    if len(kinds) != 1:
        refuse(where, f"it states {' and '.join(kinds) or 'no kind'}", f"one of {', '.join((*_KINDS, 'mixture'))}")
    low, high = (number(said[key], f"{where}.{key}") if key in said else None for key in ("min", "max"))
    if low is not None and high is not None and low > high:
        refuse(where, "min exceeds max", "exchange them")
    if kinds[0] == "mixture":
        return _mixture(said["mixture"], f"{where}.mixture", low, high)
    kind = next(known for known in _KINDS if known == kinds[0])
    return Distribution(kind, _parameters(kind, said[kind], f"{where}.{kind}"), low, high)


def _parameters(kind: DistributionKind, said: Any, where: str) -> dict[str, float]:
    names = _KINDS[kind]
    if not isinstance(said, dict):
        refuse(where, "it is no table", f"{{ {', '.join(f'{name} = 1' for name in names)} }}")
    if {"min", "max"} & set(said):
        shape = ", ".join(f"{name} = …" for name in names)
        refuse(where, "min and max stand beside it", f"{{ {kind} = {{ {shape} }}, min = …, max = … }}")
    refuse_unknown(said, names, where)
    for name in names:
        if name not in said:
            refuse(where, f"{name} is missing", f"{name} = 1")
    found = {name: number(said[name], f"{where}.{name}", -_NUMBER_MAX, _MOST.get(name, _NUMBER_MAX)) for name in names}
    for name, value in found.items():
        if (name in _POSITIVE and value <= 0) or (name in ("sigma", "sd", "s") and value < 0):
            refuse(f"{where}.{name}", f"{value:g} is too small", "a positive number")
    if kind in ("uniform", "zipf") and found["low"] > found["high"]:
        refuse(where, "low exceeds high", "exchange them")
    if kind in ("poisson", "negative-binomial", "exponential") and found["mean"] <= 0:
        refuse(f"{where}.mean", f"{found['mean']:g} is too small", "a positive number")
    if kind in ("poisson", "negative-binomial") and found["mean"] > _COUNTED_MAX:
        refuse(f"{where}.mean", f"{found['mean']:g} is too large for it", "a normal or lognormal distribution")
    return found


def _mixture(said: Any, where: str, low: float | None, high: float | None) -> Distribution:
    if isinstance(said, dict):
        refuse_unknown(said, ("parts",), where)
    parts = listed(said.get("parts") if isinstance(said, dict) else None, f"{where}.parts", dict)
    if not 1 <= len(parts) <= _PARTS_MAX:
        refuse(where, f"it needs 1 to {_PARTS_MAX} parts", "parts = [{ weight = 0.9, lognormal = {…} }, …]")
    weights, made = [], []
    for place, part in enumerate(parts):
        weights.append(number(part.get("weight"), f"{where}.parts[{place}].weight", 0))
        shape = {name: value for name, value in part.items() if name != "weight"}
        made.append(read_distribution(shape, f"{where}.parts[{place}]"))
    if not sum(weights) > 0:
        refuse(where, "all weights are 0", "give one part a weight")
    return Distribution("mixture", {}, low, high, tuple(made), tuple(weights))


def read_counts(said: Any, where: str, least: float = 0.0) -> Distribution:
    """A distribution of sizes or durations, none of whose stated ends lies below `least`."""
    found = read_distribution(said, where)
    stated = _lowest(found)
    if stated < least:
        refuse(where, f"{stated:g} is less than {least:g}", f"numbers from {least:g} on")
    return found


def _lowest(distribution: Distribution) -> float:
    """The least number that a distribution names as an end or a mean of its values."""
    named = [distribution.parameters[name] for name in ("value", "low", "mean") if name in distribution.parameters]
    ends = [end for end in (distribution.low, distribution.high) if end is not None]
    return min([*named, *ends, *map(_lowest, distribution.parts)], default=math.inf)


def number(said: Any, where: str, least: float = -math.inf, most: float = math.inf) -> float:
    """A finite number within bounds; a text is a duration in seconds."""
    if isinstance(said, str):
        said = _duration(said, where)
    if not isinstance(said, int | float) or isinstance(said, bool) or not math.isfinite(said):
        refuse(where, f"{said!r} is no number", "a number")
    if not least <= said <= most:
        bounds = f"from {least:g} to {most:g}" if math.isfinite(most) else f"{least:g} or more"
        refuse(where, f"{said:g} is not {bounds}", "a number within that")
    return float(said)


def _duration(said: str, where: str) -> float:
    try:
        return parse_duration(said)
    except UsageError:
        refuse(where, f"{said!r} is neither a number nor a duration", 'a number, or as "90s", "2h", "30d"')


def whole(said: Any, where: str, least: int, most: int) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not least <= said <= most:
        refuse(
            where,
            f"{said!r} is no whole number from {least:,} to {most:,}",
            f"{where.split()[-1].split('.')[-1]} = {max(least, 1)}",
        )
    return int(said)


def text(said: Any, where: str) -> str:
    if not isinstance(said, str) or not said.strip():
        refuse(where, "it is missing" if said is None else f"{said!r} is no text", "a text in quotes")
    return str(said)


def listed(said: Any, where: str, kind: type | tuple[type, ...]) -> list[Any]:
    if not isinstance(said, list) or not all(isinstance(one, kind) for one in said):
        alone = isinstance(said, str) and isinstance("", kind)
        refuse(where, "it is no list of such values", f'["{said}"]' if alone else "[…, …]")
    return list(said)


def flag(value: Any) -> str:
    """A value as PostgreSQL writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def refuse_unknown(said: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Raises UsageError for a key that is none of those known, with the nearest."""
    names = list(known)
    for name in said:
        if name not in names:
            raise UsageError(f"unknown key {name!r} in the seed plan", where=where, remedy=nearest(name, names))


def nearest(said: str, known: Iterable[str]) -> str:
    """The remedy for a wrong name: what it may have meant, upper and lower case alike, else some of the right ones."""
    folded = {name.lower(): name for name in known}
    found = get_close_matches(said.lower(), folded, n=1)
    if found:
        return f"did you mean {folded[found[0]]!r}?"
    names = [name for name in folded.values() if "." not in name] or list(folded.values())
    return f"one of {', '.join(names[:NAMED_MAX])}{', …' if len(names) > NAMED_MAX else ''}"


def refuse(where: str, why: str, remedy: str) -> NoReturn:
    """Raises UsageError."""
    raise UsageError("wrong seed plan", where=where, why=why, remedy=remedy)
