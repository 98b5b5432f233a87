"""Tags that are written no more when a table, or a template of it, is given up, and who still rests on them. Pure.

A process that keeps a value by such a tag hears nothing of it any more, and a tag that only people write looks the same
to it. So nothing is given up while somebody reports values by it, unless it is said to be meant.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from plimsoll.changes.watch import Installed, Watch
from plimsoll.core.cache_report import OTHERS
from plimsoll.core.errors import RefusedError
from plimsoll.core.tag import family_of, is_whole, table_tag, whole

if TYPE_CHECKING:
    from plimsoll.changes.caches import SeenCache

_NAMED_MAX: Final = 5


def tags_given_up(before: Iterable[Installed], after: Sequence[Watch]) -> tuple[str, ...]:
    """Families of the templates that these tables had and have no more, and the tags of tables that are left out."""
    kept = {one.table: one.templates for one in after}
    lost: dict[str, None] = {}
    for watch in (one.watch for one in before):
        still = kept.get(watch.table, ())
        lost |= {
            whole(one.family): None
            for one in watch.templates
            if not any(template.tells_all_of(one) for template in still)
        }
        lost |= {} if watch.table in kept else {table_tag(watch.table): None}
    return tuple(lost)


def refuse_in_use(tags: Sequence[str], caches: Sequence["SeenCache"]) -> None:
    """Raises RefusedError where a process reported values of such a family, or more families than it can name."""
    families = {family_of(one) for one in tags if is_whole(one)}
    users = [
        one
        for one in caches
        if families and one.report is not None and not one.report.families.keys().isdisjoint({*families, OTHERS})
    ]
    if users:
        raise RefusedError(
            f"{', '.join(tags)} would be written no more",
            why=f"values with such tags would go stale unnoticed in {_named(users)}",
            remedy="stop these processes or change them first, and wait a minute; or say --in-use",
        )


def refuse_followed(caches: Sequence["SeenCache"]) -> None:
    """Raises RefusedError where a process reported: without a changelog it caches nothing that it reads."""
    if caches:
        raise RefusedError(
            "nobody could follow changes any more",
            why=f"all reads would go to the database in {_named(caches)}",
            remedy="stop these processes or change them first, and wait a minute; or say --in-use",
        )


def _named(users: Sequence["SeenCache"]) -> str:
    more = f" and {len(users) - _NAMED_MAX} more" if len(users) > _NAMED_MAX else ""
    return f"{', '.join(f'{one.name} {one.instance}' for one in users[:_NAMED_MAX])}{more}"


def notes_of(tags: Sequence[str]) -> Iterable[str]:
    """What is said of it to who may do it."""
    if tags:
        yield (
            f"{', '.join(tags)} will be written no more for this: what applications keep by such tags goes once more, "
            "and what they keep by them later goes stale unnoticed: stop them or change them first"
        )
