"""A text of SQL as a tree, quietly."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def parsed(text: str) -> "exp.Expr | None":
    """None of a text that cannot be read. The parser would log what it does not know; here that is no news."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        return sqlglot.parse_one(text, dialect="postgres")
    except SqlglotError:
        return None
    finally:
        logger.disabled = before
