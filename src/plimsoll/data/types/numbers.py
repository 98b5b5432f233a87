"""Numbers: small ones are the most frequent where nothing is known."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Final

import polars as pl

from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Numbers
from plimsoll.data.types.spaces import INT64_MAX, Counted, Segment, Space, clipped, closed, open_segments
from plimsoll.data.types.wanted import Wanted

_USUAL: Final = 10_000  # different values, where nothing is known
_SKEW: Final = 3.0  # half of the values are in the first eighth
_SPARE: Final = 10  # values for each row of a unique column
_SCALE: Final = 2  # digits after the point, where the type states none
_SCALE_MAX: Final = 9
_DIGITS: Final = 15
_EXACT: Final = 10**_DIGITS  # below it a float tells all decimals apart
_LIMITS: Final[Mapping[str, Segment]] = {
    "int2": (-(2**15), 2**15 - 1),
    "int4": (-(2**31), 2**31 - 1),
    "int8": (-INT64_MAX - 1, INT64_MAX),
    "oid": (1, 2**32 - 1),
    "xid": (3, 2**32 - 1),
    "xid8": (3, INT64_MAX),
    "cid": (0, 2**32 - 1),
}


def integers(wanted: Wanted) -> Counted:
    """Int64."""
    return Counted(_space(wanted, 0, _LIMITS[wanted.type.base]), pl.Series, wanted.unique, _skew(wanted))


def decimals(wanted: Wanted) -> Counted:
    """numeric and money: Float64 where that is exact, else text."""
    type = wanted.type
    scale = 2 if type.base == "money" else _scale_for(wanted.domain) if type.scale is None else type.scale
    greatest = INT64_MAX
    if type.precision is not None:
        whole = type.precision - (type.scale or 0)  # digits before the point; of 0.00x, less than none
        scale = min(type.scale or 0, max(_SCALE_MAX, 3 - whole))
        greatest = min(10 ** (whole + scale) - 1, INT64_MAX)
    space = _space(wanted, scale, (-greatest, greatest))
    return Counted(space, _decimal_form(space, scale), wanted.unique, _skew(wanted))


def floats(wanted: Wanted) -> Counted:
    """Float64; those for float4 have at most six digits, which it holds apart."""
    single = wanted.type.base == "float4"
    scale = _scale_for(wanted.domain)
    greatest = 10**6 - 1 if single else _EXACT
    if single and wanted.different * _SPARE > greatest:
        scale, greatest = 0, 2**24
    space = _space(wanted, scale, (-greatest, greatest))
    return Counted(space, partial(_scaled, scale=scale), wanted.unique, _skew(wanted))


def _space(wanted: Wanted, scale: int, limits: Segment) -> Space:
    units = Fraction(10) ** scale
    usual = max(int(_USUAL * units), 1)
    first = 1 if wanted.unique else 0
    spare = wanted.different * _SPARE if wanted.unique else 1
    segments = [
        closed(each, max(usual, spare), wanted.different, first) for each in open_segments(wanted.domain, units)
    ]
    return Space.of(clipped(segments, limits), _excluded(wanted.domain, units))


def _skew(wanted: Wanted) -> float:
    """A range that is stated at both ends is a scale, whose values are alike."""
    domain = wanted.domain
    return 1.0 if domain.intervals or (domain.low and domain.high) else _SKEW


def _excluded(domain: Domain, units: Fraction) -> list[int]:
    found = []
    for text in domain.excluded:
        try:
            exact = Fraction(text) * units
        except ValueError:
            continue
        if exact == int(exact):
            found.append(int(exact))
    return found


def _scale_for(domain: Domain) -> int:
    """As many digits as the bounds have, and enough to have many values between them."""
    values = [bound.value for bound in (domain.low, domain.high) if bound and isinstance(bound.value, Decimal)]
    scale = max([_SCALE, *(-int(value.normalize().as_tuple().exponent) for value in values)])
    if domain.low and domain.high:
        scale = scale + 2 if abs(values[1] - values[0]) <= 1 else scale
    return min(scale, _SCALE_MAX)


def _decimal_form(space: Space, scale: int) -> Callable[[Numbers], pl.Series]:
    greatest = max(*(abs(low) for low in space.lows), abs(space.lows[-1] + space.size))
    if scale <= 0:
        return (
            partial(_whole, factor=10**-scale) if greatest * 10**-scale <= INT64_MAX else partial(_zeros, count=-scale)
        )
    return partial(_scaled, scale=scale) if greatest < _EXACT and scale <= _DIGITS else partial(_written, scale=scale)


def _whole(units: Numbers, factor: int) -> pl.Series:
    return pl.Series(units * factor)


def _zeros(units: Numbers, count: int) -> pl.Series:
    return pl.Series(units).cast(pl.String) + "0" * count


def _scaled(units: Numbers, scale: int) -> pl.Series:
    return pl.Series(units / 10.0**scale)


def _written(units: Numbers, scale: int) -> pl.Series:
    """Digit by digit: there are more than a float holds."""
    numbers = pl.Series("units", units)
    frame = pl.DataFrame({"digits": numbers.abs().cast(pl.String).str.zfill(scale + 1), "minus": numbers < 0})
    whole, part = pl.col("digits").str.head(-scale), pl.col("digits").str.tail(scale)
    sign = pl.when("minus").then(pl.lit("-")).otherwise(pl.lit(""))
    return frame.select(pl.concat_str(sign, whole, pl.lit("."), part)).to_series()
