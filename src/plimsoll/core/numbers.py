"""Whether what somebody passed is a number that fits; a text and NaN do not. Pure, raises nothing."""


def at_least(value: object, least: float) -> bool:
    """A number, and not less."""
    return isinstance(value, int | float) and value >= least


def above(value: object, bound: float) -> bool:
    """A number, and more than that."""
    return isinstance(value, int | float) and value > bound


def counts(value: object) -> bool:
    """A whole number above 0; a truth value is none."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
