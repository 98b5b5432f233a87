"""The server's settings, as numbers and switches. Pure."""

from collections.abc import Mapping
from typing import Any, Final

_UNITS: Final = {"B": 1, "kB": 2**10, "8kB": 2**13, "MB": 2**20, "GB": 2**30}


def setting(settings: Mapping[str, Any], name: str) -> str | None:
    """As the server says it; None where it was not read."""
    return (settings.get(name) or {}).get("value")


def setting_number(settings: Mapping[str, Any], name: str) -> float | None:
    """In its own unit."""
    try:
        return float(setting(settings, name) or "")
    except ValueError:
        return None


def setting_bytes(settings: Mapping[str, Any], name: str) -> int | None:
    """Of a setting in units of memory."""
    number = setting_number(settings, name)
    unit = _UNITS.get((settings.get(name) or {}).get("unit") or "")
    return None if number is None or unit is None else round(number * unit)


def is_off(settings: Mapping[str, Any], name: str) -> bool:
    """Whether it is known to be switched off."""
    return setting(settings, name) == "off"
