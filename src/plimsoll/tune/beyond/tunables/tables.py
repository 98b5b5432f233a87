"""A storage parameter as a change. Pure."""

from collections.abc import Mapping, Sequence

from plimsoll.core.tuning.advice import Advised, Confidence
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.tune.migrating.parameters import table_setting_steps


def table_setting(
    facts: DatabaseFacts, table: TableFacts, options: Mapping[str, str], form: str, title: str, why: str, *,
    queries: Sequence[str] = (), risk: str = "", confidence: Confidence = "medium",
) -> Advised:  # fmt: skip
    """Partitions of a partitioned table get it each."""
    name = table.table.name
    details = {f"present {one}": table.options.get(one, facts.settings.get(one, "")) for one in options}
    details |= {f"proposed {one}": value for one, value in options.items()}
    known = {key: value for key, value in details.items() if value}
    change = Change(
        "table-setting", f"{name.schema}.{name.name}", title, why, queries=tuple(queries), form=form, risk=risk,
        steps=table_setting_steps(name, options, facts), details=known,
    )  # fmt: skip
    return Advised(change, "explained", confidence)
