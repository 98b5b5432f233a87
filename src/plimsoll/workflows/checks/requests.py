"""Which requests a scenario makes, as far as its text tells. Pure, but for reading the file."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from plimsoll.load.http.request import READING


@dataclass(frozen=True, slots=True)
class Written:
    """A call of `user.http` with its method written out."""

    method: str
    line: int


def requests_in(scenario: Path) -> list[Written]:
    """In the order of the file; those whose method is a variable are not among them."""
    try:
        tree = ast.parse(scenario.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):  # Python itself has just read it, perhaps in another encoding
        return []
    found = [_written(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sorted((one for one in found if one is not None), key=lambda one: one.line)


def _written(call: ast.Call) -> Written | None:
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "http" or len(call.args) < 2:
        return None
    method = call.args[1]
    if not isinstance(method, ast.Constant) or not isinstance(method.value, str):
        return None
    return Written(method.value, call.lineno)


def writing_of(requests: Sequence[Written]) -> list[Written]:
    return [one for one in requests if one.method not in READING]
