"""Which statuses a table's rows go through, by the moments it keeps and by its name, where nothing lists them."""

import re
from collections.abc import Mapping
from typing import Final

from plimsoll.core.schema import Column, Table
from plimsoll.data.meaning.judging import words_of

_USUAL: Final = ("active", "pending", "inactive")
# The commonest first, and what tables that have them are called.
_FAMILIES: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("delivered", "shipped", "paid", "pending", "cancelled", "refunded"), r"order|purchase|shipment|deliver"),
    (("paid", "open", "draft", "overdue", "void"), r"invoice|bill"),
    (("completed", "pending", "failed", "refunded"), r"payment|transaction|refund|payout|charge"),
    (("closed", "open", "in_progress", "resolved"), r"ticket|issue|case|incident|bug|alert|task|todo"),
    (("published", "draft", "archived", "scheduled"), r"post|article|page|blog|story|product|course|video"),
    (("finished", "running", "queued", "failed", "cancelled"), r"job|run|build|pipeline|import|export|scan|process"),
    (("approved", "pending", "rejected"), r"review|request|application|approval|moderation|comment"),
    (("accepted", "sent", "declined", "expired"), r"invit|offer|quote"),
    (("active", "trialing", "past_due", "cancelled", "expired"), r"subscription|membership|contract|plan"),
    (("completed", "active", "planned", "on_hold"), r"project|campaign|sprint|milestone"),
    (("sent", "delivered", "opened", "failed", "queued"), r"email|mail|message|notification|sms"),
    (("active", "invited", "suspended", "deactivated"), r"user|account|member|customer|profile|organi"),
)  # fmt: skip

STATES: Final = ("status", "state", "stage", "phase")
# What a status says once something has happened, besides that itself.
_AFTER: Final[Mapping[str, tuple[str, ...]]] = {
    "completed": ("done", "complete", "finished"),
    "finished": ("done", "complete", "completed", "succeeded", "failed"),
    "resolved": ("done", "fixed", "closed"),
    "closed": ("done",),
    "cancelled": ("canceled",),
    "canceled": ("cancelled",),
    "deleted": ("removed",),
    "decided": ("approved", "rejected", "accepted", "declined"),
    "started": ("running", "in_progress", "finished", "completed", "succeeded", "failed"),
    "paid": ("shipped", "delivered", "refunded"),
    "shipped": ("delivered",),
    "sent": ("delivered", "opened", "accepted", "declined"),
}


def statuses(table: Table, longest: int | None, usual: str | None = None) -> tuple[str, ...]:
    """The commonest first; those that fit into `longest` characters, of a family that has the `usual` one."""
    events = {words_of(column.name).removesuffix(" at").removesuffix(" on") for column in table.columns}
    title = words_of(table.name.name)
    told = events | ({usual} if usual else set())
    best = max(_FAMILIES, key=lambda family: bool(re.search(family[1], title)) + len(told.intersection(family[0])))
    fits = re.search(best[1], title) or told.intersection(best[0])
    made = best[0] if fits else _USUAL
    return tuple(one for one in made if longest is None or len(one) <= longest)


def states_after(event: str, column: Column, known: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a column's `known` texts that say that an event ("closed") has happened; none if it is no such column.

    A status says it, and so does a flag of the event's name.
    """
    word, name = words_of(event), words_of(column.name)
    if column.type.base == "bool" and name.removeprefix("is ").removeprefix("was ") == word:
        return ("true",)
    if name not in STATES:
        return ()
    return states_by(word, known)


def states_by(event: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a status's texts by which an event, given by its words, has happened."""
    return tuple(text for text in known if text.lower() in (event, *_AFTER.get(event, ())))
