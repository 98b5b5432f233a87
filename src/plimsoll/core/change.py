"""A relative change as a number of per cent, the same wherever it is told."""


def percent_number(change: float) -> str:
    """ "9.87" of 0.0987: three digits, from 100 % on whole ones; without a sign where it rounds to 0."""
    percent = round(change * 100, 3) + 0.0
    return f"{percent:,.0f}" if abs(percent) >= 99.95 else f"{percent:.3g}"


def signed_percent_number(change: float) -> str:
    """ "+9.87", "-3"; "0" has no sign."""
    number = percent_number(change)
    return f"+{number}" if change > 0 and number != "0" else number
