"""Documents of sessions and locks made up by hand."""

from typing import Any

from plimsoll.core.recorded import Dated


def waiter(pid: int, waits_for: int, wait_s: float = 0.01, *, depth: int = 1, **changes: Any) -> dict[str, Any]:
    """Of the load's application, for a row of public.accounts."""
    lock = f"ShareLock on the transaction of pid {waits_for} (a row of public.accounts)"
    return _row(pid, depth, waits_for, lock, wait_s, 0) | changes


def holder(pid: int, blocks: int, transaction_s: float = 0.02, **changes: Any) -> dict[str, Any]:
    """A session of the load's application that others wait for, idle in its transaction as between two statements."""
    held = {"state": "idle in transaction", "transaction_s": transaction_s}
    return _row(pid, 0, None, "holds ExclusiveLock on its own transaction", None, blocks) | held | changes


def _row(pid: int, depth: int, waits_for: int | None, lock: str, wait_s: float | None, blocks: int) -> dict[str, Any]:
    return {
        "pid": pid, "depth": depth, "waits_for": waits_for, "lock": lock, "wait_s": wait_s, "user": "shop",
        "application": "plimsoll", "state": "active", "transaction_s": wait_s, "blocks": blocks,
        "query": "UPDATE accounts SET balance = $1",
    }  # fmt: skip


def tree(at_s: float, *rows: dict[str, Any]) -> Dated:
    return at_s, {"rows": list(rows), "left_out": 0}


def session(pid: int, state: str, state_s: float, **changes: Any) -> dict[str, Any]:
    """Of somebody's report, within a transaction as old as its state."""
    return {
        "pid": pid, "user": "shop", "database": "shop", "application": "report", "client": "local", "state": state,
        "wait": "Client:ClientRead", "transaction_s": state_s, "state_s": state_s, "query_s": state_s, "query_id": "1",
        "blocked_by": (), "query": "SELECT count(*) FROM orders",
    } | changes  # fmt: skip
