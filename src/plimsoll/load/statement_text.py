"""What a statement's text may not be."""

import re

from plimsoll.core.errors import UsageError

_CONTROL = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|;)*\b(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|PREPARE\s+TRANSACTION"
    r"|SET\s+TRANSACTION|SET\s+SESSION\s+CHARACTERISTICS)\b(?!\s+TO\b)",
    re.IGNORECASE | re.DOTALL,
)


def refuse_transaction_control(query: str) -> None:
    """Raises UsageError for BEGIN, COMMIT and their kin: a transaction is `user.transaction`'s to open and close."""
    found = _CONTROL.match(query)
    if found:
        raise UsageError(
            f"{found.group(1).upper()} is not a step",
            why="a transaction's ends are measured and guarded by user.transaction",
            remedy="async for tx in user.transaction(NAME): async with tx: await tx.execute(...)",
        )
