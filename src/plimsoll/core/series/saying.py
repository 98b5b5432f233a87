"""Values of series as people say them."""

from plimsoll.core.units import format_bytes, format_duration, format_ms, format_rate


def said(value: float, unit: str) -> str:
    """A value as people say it."""
    if unit == "percent":
        return f"{value:.3g} %" if abs(value) < 999.5 else f"{value:,.0f} %"
    if unit == "s":
        return format_duration(value)
    if unit == "ms":
        return format_ms(value)
    if unit in ("bytes", "bytes/s"):
        return format_bytes(value) + unit.removeprefix("bytes")
    if unit == "1/s":
        return format_rate(value)
    if unit == "yes/no":
        return "yes" if value else "no"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.3g}"


def beyond_said(direction: str, threshold: float, unit: str) -> str:
    """What lies beyond a threshold: "above 80 %", "below 5/s"; of what is yes or no: "is no"."""
    if unit == "yes/no":
        return f"is {said(float(direction == 'above'), unit)}"
    return f"{direction} {said(threshold, unit)}"
