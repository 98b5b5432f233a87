"""SQL as a tree, where it can be read: quietly, and whatever the text."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def parsed(sql: str) -> "exp.Expr | None":
    """None of what cannot be read; what the parser would log of it is nobody's business here."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        return sqlglot.parse_one(sql, dialect="postgres")
    except (SqlglotError, RecursionError):
        return None
    finally:
        logger.disabled = before
