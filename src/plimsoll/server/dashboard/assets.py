"""The files beside the code."""

from functools import cache
from importlib import resources


@cache
def asset(name: str) -> str:
    return resources.files("plimsoll.server.dashboard").joinpath(name).read_text(encoding="utf-8")
