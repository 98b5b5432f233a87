"""What options say that `serve` and `scale …` share: how many workers, who stays, and where somebody listens."""

import re
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from plimsoll.scale.policy.limits import Limits

_WORKERS = re.compile(r"([0-9]{1,5})(?:\.\.([0-9]{1,5}))?", re.ASCII)
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:\[\]]+):([0-9]{1,5})", re.ASCII)

DOWN_WINDOW_HELP: Final = "hybrid: so long the last worker that is too many stays."
DownWindow = Annotated[str, typer.Option(help=DOWN_WINDOW_HELP)]


def limits_of(workers: str, connections: int | None, pool: int) -> "Limits":
    from plimsoll.core.errors import UsageError
    from plimsoll.scale.policy.limits import ConnectionBudget, Limits

    found = _WORKERS.fullmatch(workers.strip())
    if found is None:
        raise UsageError("wrong --workers", why=f'"{workers}" is no range', remedy="--workers 2..8, or --workers 4")
    budget = None if connections is None else ConnectionBudget(connections, pool)
    return Limits(int(found[1]), int(found[2] or found[1]), budget)


def address_of(bind: str) -> tuple[str, int]:
    from plimsoll.core.errors import UsageError

    found = _ADDRESS.fullmatch(bind.strip())
    if found is None or int(found[2]) > 65_535:
        why = f'"{bind}" is no address with a port'
        raise UsageError("wrong --bind", why=why, remedy="--bind 127.0.0.1:8000, or [::1]:8000")
    return found[1].strip("[]"), int(found[2])
