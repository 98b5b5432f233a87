"""How a rule of the protocol is taken away.

A patch is made in an application process before its cache is. It imports what it patches when it is called: processes
with other caches read this file, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

ALL: Final[dict[str, "Mutation"]] = {}


@dataclass(frozen=True, slots=True)
class Mutation:
    """`rule` is what is kept no more, `scenario` where that is found. `patch` is called in each application process,
    `sql` carried out in the database after the triggers are there."""

    name: str
    rule: str
    scenario: str
    patch: Callable[[], None] | None = None
    sql: Sequence[str] = ()


def without(scenario: str, rule: str) -> Callable[[Callable[[], None]], None]:
    """Makes a mutation of a function that breaks the rule; its name is the function's."""

    def take(patch: Callable[[], None]) -> None:
        name = patch.__name__.replace("_", " ")
        ALL[name] = Mutation(name, rule, scenario, patch)

    return take


def add(name: str, scenario: str, rule: str, *sql: str) -> None:
    """One in the database."""
    ALL[name] = Mutation(name, rule, scenario, sql=sql)


def in_triggers(name: str, scenario: str, rule: str, table: str, found: str, instead: str) -> None:
    """One of the function that a table's triggers call."""
    function = f"(SELECT writer FROM plimsoll_changes.watched WHERE name = '{table}')"
    oid = f"(SELECT oid FROM pg_proc WHERE proname = {function})"
    add(
        name,
        scenario,
        rule,
        f"""DO $do$ DECLARE was text := pg_get_functiondef({oid});
        made text := regexp_replace(was, '{found}', '{instead}');
        BEGIN
            IF made = was THEN RAISE 'the function is not as it was when this mutation was made'; END IF;
            EXECUTE made;
        END $do$""",
    )
