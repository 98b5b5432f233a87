"""What a statement's text may not be."""

import re

from plimsoll.core.errors import UsageError

_CONTROL = re.compile(
    r"[\s;]*(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|PREPARE\s+TRANSACTION|SET\s+TRANSACTION"
    r"|SET\s+SESSION\s+CHARACTERISTICS)\b(?!\s+TO\b)",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"--[^\r\n]*|/\*")
_IN_COMMENT = re.compile(r"/\*|\*/")


def refuse_transaction_control(query: str) -> None:
    """Raises UsageError for BEGIN, COMMIT and their kin: a transaction is `user.transaction`'s to open and close."""
    found = _CONTROL.match(_without_comments(query))
    if found:
        raise UsageError(
            f"{found.group(1).upper()} is not a step",
            why="a transaction's ends are measured and guarded by user.transaction",
            remedy="async for tx in user.transaction(NAME, isolation=...): async with tx: await tx.execute(...)",
        )


def _without_comments(query: str) -> str:
    """The statement with a space for each comment. PostgreSQL nests block comments, as no regular expression can.

    Marks within literals are taken for comments too: that can only hide what comes later than the first words.
    """
    kept, at, depth = [], 0, 0
    while mark := (_IN_COMMENT if depth else _OUTSIDE).search(query, at):
        if not depth:
            kept.append(query[at : mark.start()])
        depth += {"/*": 1, "*/": -1}.get(mark.group(), 0)
        at = mark.end()
    return " ".join([*kept, "" if depth else query[at:]])
