"""What to do about statements and tables: the SQL or setting where it can be known, code where it cannot. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.wording import at_most, qualified
from plimsoll.analyze.rules import missing_index
from plimsoll.core.finding import Finding, How, Recommendation

Give = Callable[[Finding, Evidence], Iterator[Recommendation]]


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    give = _GIVEN.get(finding.kind)
    if give is not None:
        yield from give(finding, evidence)


def _index(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    table = qualified(finding.details["table"])
    for columns in finding.details["columns"]:
        yield Recommendation(
            finding=finding.id,
            what=f"create an index on {finding.subject} ({', '.join(columns)})",
            term="immediate",
            effort="minutes",
            effect=f"{at_most(finding)} falls away almost wholly: calls read a few pages instead of the whole table",
            basis="the time of these statements, as the server counted it; and the pages that a call reads now",
            risk="each INSERT, and each UPDATE of these columns, then writes the index, too; building it reads the "
            "whole table and leaves an invalid index behind where it fails: drop that and repeat",
            how=(
                How("sql", f"CREATE INDEX CONCURRENTLY ON {table} ({', '.join(columns)});", "outside a transaction"),
                How("sql", f"ANALYZE {table};", "then run again and compare"),
            ),
        )


_GIVEN: Final[Mapping[str, Give]] = {missing_index.KIND: _index}
