"""One request to the application, and what becomes of its answer: told, stored, renewed, or replaced by what is stored.

No I/O: who drives tells of the head and of each piece, and does what is said.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from plimsoll.edge import rules
from plimsoll.edge.http.dates import format_date
from plimsoll.edge.http.message import Field, Fields, Request, Response, first
from plimsoll.edge.rules.policy import Policy
from plimsoll.edge.rules.status import Because
from plimsoll.edge.rules.stored import Stored
from plimsoll.edge.rules.tags import UNTAGGED
from plimsoll.edge.serving.cleaning import is_clean
from plimsoll.edge.serving.collecting import Budget, Collected
from plimsoll.edge.store.entry import Put
from plimsoll.edge.store.purge import Purge
from plimsoll.edge.store.store import Store

ERRORS: Final = frozenset({500, 502, 503, 504})  # RFC 5861, 4


@dataclass(slots=True)
class Desk:
    """What all exchanges of an edge share. `keyed`: fields by which each response counts as varied. `is_known`: whether
    it is known well enough what has changed of what carries tags. `passed` counts why answers are not stored, `on_pass`
    hears it."""

    store: Store
    policy: Policy
    budget: Budget
    clock: Callable[[], float]
    keyed: frozenset[bytes] = frozenset()
    is_known: Callable[[], bool] = lambda: True
    passed: dict[str, int] = field(default_factory=dict)
    on_pass: Callable[[Request, str], None] = lambda request, why: None


class Asked(NamedTuple):
    """A request that goes on, as the client sent it, and why. `stored`: what is there and stale; `conditions`: the
    fields with that one's validators, if it is asked with them."""

    request: Request
    key: bytes
    because: Because
    stored: Stored | None = None
    conditions: tuple[Field, ...] | None = None


class Passing(NamedTuple):
    """The application's answer is told: this head, then the pieces as they come. `shared`: others may hope for it."""

    response: Response
    shared: bool


class FromStore(NamedTuple):
    """This is told in its place, with `private` fields, and nothing of the application's body."""

    stored: Stored
    cache_status: Field
    private: tuple[Field, ...] = ()


class Again(NamedTuple):
    """The 304 is of something that is not stored: the same is asked without conditions."""


Verdict = Passing | FromStore | Again


class Exchange:
    """Begin, `head`, `piece` for each, `end`; and `close` in any case."""

    def __init__(self, desk: Desk, asked: Asked) -> None:
        self.asked = asked
        self._desk = desk
        self._begun = desk.store.begin(asked.key)
        self._requested_s = desk.clock()
        self._stored: Stored | None = None  # what is being collected
        self._collected: Collected | None = None
        self._why: str | None = None

    @property
    def collecting(self) -> bool:
        """Whether what comes may still be stored."""
        return self._collected is not None and self._collected.going

    def head(self, status: int, fields: Fields) -> Verdict:
        """The application's answer begins."""
        fields = self._varied(status, fields)
        desk, asked, response = self._desk, self.asked, Response(status, fields)
        if status == 304 and asked.conditions is not None and asked.stored is not None:
            return self._unchanged(asked.stored, response)
        if status in ERRORS and (instead := self.instead_of_error(status)) is not None:
            return instead
        shared = self._judged(response)
        self._invalidate(response)
        if asked.request.method == "HEAD" and asked.stored is not None:
            self._headed(asked.stored, response)
        line = rules.forwarded(desk.policy.name, asked.because, why=self._why if self._why in UNTAGGED else None)
        passed = rules.told(fields, desk.policy, line)
        if first(passed, b"date") is None:  # RFC 9110, 6.6.1
            passed.append((b"date", format_date(desk.clock())))
        return Passing(Response(status, passed), shared)

    def instead_of_error(self, status: int | None = None, *, unreachable: bool = False) -> FromStore | None:
        """What may be told where the application failed, could not be reached, or answered with this status."""
        asked, desk = self.asked, self._desk
        if asked.stored is None or (asked.stored.tags and not desk.is_known()):
            return None
        instead = rules.instead_of_error(
            asked.request, asked.stored, desk.clock(), desk.policy, unreachable=unreachable
        )
        line = rules.forwarded(desk.policy.name, asked.because, status=status, failed=True)
        return None if instead is None else FromStore(instead, line)

    def piece(self, data: bytes) -> None:
        if self._collected is not None:
            self._collected.add(data)

    def end(self) -> bool:
        """It has come to its end, whole; whether it is stored now."""
        body = None if self._collected is None else self._collected.whole()
        whole = None if body is None or self._stored is None else self._stored.with_body(body)
        return whole is not None and self._desk.store.put(whole, self._begun) is Put.STORED

    def close(self) -> None:
        """Whatever came of it: what was not stored by now never is. Twice is as good as once."""
        if self._collected is not None:
            self._collected.give_up()
        self._desk.store.end(self._begun)

    def _unchanged(self, stored: Stored, response: Response) -> Verdict:
        desk, asked = self._desk, self.asked
        found = rules.freshened(
            asked.request, desk.store.variants(asked.key), stored, response,
            requested_s=self._requested_s, received_s=desk.clock(), policy=desk.policy,
        )  # fmt: skip
        if found is None:
            return Again()
        renewed = [desk.store.renew(old, new, self._begun) for old, new in found.updates]
        line = rules.forwarded(desk.policy.name, asked.because, status=304, stored=any(renewed))
        return FromStore(found.stored, line, found.private)

    def _headed(self, stored: Stored, response: Response) -> None:
        desk = self._desk
        found = rules.headed(
            self.asked.request, stored, response,
            requested_s=self._requested_s, received_s=desk.clock(), policy=desk.policy,
        )  # fmt: skip
        if found is not None:
            desk.store.renew(*found, self._begun)

    def _invalidate(self, response: Response) -> None:
        found = rules.invalidated(self.asked.request, response)
        if found is None:
            return
        store, stored = self._desk.store, self._stored
        overtaken = stored is None or store.is_overtaken(self._begun, stored.tags)
        store.purge(Purge(keys=found.keys, tags=found.tags, within=found.origin))
        if not overtaken:  # this answer to POST is what GET has from now on: its own purge is not against it
            store.end(self._begun)
            self._begun = store.begin(self.asked.key)

    def _varied(self, status: int, fields: Fields) -> Fields:
        """With the `keyed` fields in Vary, which caches behind us have to know, too. A 304 without Vary leaves what is
        stored as varied as it is, wherever that may be."""
        keyed = self._desk.keyed
        if not keyed or (status == 304 and first(fields, b"vary") is None):
            return fields
        return [*fields, (b"vary", b", ".join(sorted(keyed)))]

    def _judged(self, response: Response) -> bool:
        """Whether others who ask for the same may hope for it."""
        desk, asked = self._desk, self.asked
        request = asked.request
        if request.method == "POST" and not is_clean(request.fields, request.scheme, desk.keyed):
            return False  # the application has seen what no key has
        now_s = desk.clock()
        verdict = rules.judge(
            asked.request, response, requested_s=self._requested_s, received_s=now_s, policy=desk.policy,
            beside=desk.store.variants(asked.key),
        )  # fmt: skip
        if isinstance(verdict, rules.Pass):
            self._why = verdict.why
            desk.passed[verdict.why] = desk.passed.get(verdict.why, 0) + 1
            desk.on_pass(request, verdict.why)
            return False
        self._stored = verdict.stored
        self._collected = Collected(desk.budget, desk.store.limits.object_max, response.fields)
        return self._collected.going and not verdict.stored.validate and now_s < verdict.stored.fresh_until_s
