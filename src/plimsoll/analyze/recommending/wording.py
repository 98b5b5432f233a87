"""Words that several recommendations use. Pure."""

from plimsoll.core.finding import Finding
from plimsoll.core.sql.conditions import quoted
from plimsoll.core.units import format_share


def at_most(finding: Finding) -> str:
    """What can be won, with its bound: the share of the requests' time that the finding explains."""
    share = finding.share
    if share is None:
        return "what it costs"
    return f"at most the {format_share(share.value)} of the request time that it explains"


def qualified(table: str) -> str:
    """A table that the server called "schema.name", as SQL."""
    schema, dot, name = table.partition(".")
    return f"{quoted(schema)}.{quoted(name)}" if dot else quoted(table)
