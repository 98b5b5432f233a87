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
    return f"{value:,.0f}" if value == round(value) else f"{value:,.3g}"
