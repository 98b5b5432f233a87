"""What a scenario asks of a URL and of a database, as far as its text tells. Pure, but for reading the file."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from plimsoll.core.check import CheckResult, failed, ok
from plimsoll.load.http.request import READING


@dataclass(frozen=True, slots=True)
class Written:
    """A call of `user.http` with its method written out."""

    method: str
    line: int


def requests_in(scenario: Path) -> list[Written]:
    """In the order of the file; those whose method is a variable are not among them."""
    found = [(call, _method(call)) for call in _calls(scenario, "http")]
    return [Written(method, call.lineno) for call, method in found if method is not None]


def _calls(scenario: Path, *names: str) -> list[ast.Call]:
    """Calls of the user's methods, such as `user.http(...)`, by line."""
    try:
        tree = ast.parse(scenario.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):  # Python itself has just read it, perhaps in another encoding
        return []
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in names]
    return sorted(calls, key=lambda call: call.lineno)


def _called(call: ast.Call) -> str:
    function = call.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return ""
    return function.attr if function.value.id == "user" else ""


def _method(call: ast.Call) -> str | None:
    method = call.args[1] if len(call.args) > 1 else None
    return method.value if isinstance(method, ast.Constant) and isinstance(method.value, str) else None


def judge_wanted(scenario: Path, *, database: bool, url: bool) -> CheckResult:
    """Failed where a journey asks for what the target has not; one that is only imported is not seen."""
    requests, statements = _calls(scenario, "http"), _calls(scenario, "sql", "transaction")
    if requests and not url:
        why = f"the scenario makes HTTP requests (line {requests[0].lineno}), and there is no URL"
        return failed("target", why, '--url http://127.0.0.1:8000, or url = "..." in the environment')
    if statements and not database:
        why = f"the scenario runs SQL (line {statements[0].lineno}), and there is no database: only a URL was given"
        return failed("target", why, "--dsn DSN beside --url, or an environment that names both")
    has = " and ".join(name for name, there in (("a database", database), ("a URL", url)) if there)
    return ok("target", f"{has}, as the scenario wants")


def writing_of(requests: Sequence[Written]) -> list[Written]:
    return [one for one in requests if one.method not in READING]
