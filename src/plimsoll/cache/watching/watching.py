"""All that watches one cache in this process, and when each of it is at work."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from plimsoll.cache.sampling import FAMILIES_MAX
from plimsoll.cache.tier1 import Tier1
from plimsoll.cache.watching.lags import Lags
from plimsoll.changes.clock import clock_s
from plimsoll.changes.polling import Change, Reason, State
from plimsoll.core.tag import family_of

if TYPE_CHECKING:  # what is not asked for is not loaded either
    from plimsoll.cache.status import Status
    from plimsoll.cache.watching.audit import Audit
    from plimsoll.cache.watching.shadow import Shadow
    from plimsoll.changes.poller import Ask, Besides
    from plimsoll.core.cache_report import CacheReport

STEPS: Final = 10  # of the shadow after each poll, some 100 µs: 400 requests a second and more are simulated


class Watching:
    """`besides` is what the poller calls after each poll. It is a sink of the poller, too: the audit's doubts are
    judged where all is applied."""

    def __init__(self, tier1: Tier1, audit: "Audit | None" = None, *, shadow: bool = False) -> None:
        self._tier1 = tier1
        self.audit = audit
        self._with_shadow = shadow
        self.shadow: Shadow | None = None
        self.start_anew()

    def start_anew(self) -> None:
        """At the beginning, and after a fork, which left another store."""
        store = self._tier1.store
        self.lags = Lags()
        self._heard: set[str] = set()
        if self.audit is not None:
            self.audit.start_anew()
        if self._with_shadow:
            from plimsoll.cache.watching.shadow import Shadow

            self.shadow = Shadow(store.limits)
            store.make, store.holding.told_gone = self.shadow.entry, self.shadow.gone

    def report(self, status: "Status", shared: str | None = None) -> "CacheReport":
        """What there is to tell now. `shared`: why tier 2 is passed by, "" if it is not, None without one."""
        from plimsoll.cache.watching.reporting import report_of

        shadow = None if self.shadow is None else self.shadow.report()
        audit = None if self.audit is None else self.audit.report()
        made = report_of(status, audit, shadow, shared)
        return replace(made, lag_ms=self.lags.told(), heard=tuple(sorted(self._heard & made.families.keys())))

    def heard(self, tags: Iterable[str]) -> None:
        """They were written, by a change or by hand: somebody writes tags of these families."""
        if len(self._heard) < FAMILIES_MAX:
            self._heard.update(map(family_of, tags))

    async def apply(self, changes: Sequence[Change]) -> None:
        """What was changed is the store's affair; here only that something was, and of which families."""
        self.lags.found()
        for change in changes:
            self.heard(change.tags)

    async def forget(self, reason: Reason) -> None:
        """All that there was is gone: that tells nothing of how late a change was applied."""

    async def moved(self, state: State, sent_s: float) -> None:
        """What was found before that poll was sent is no longer in doubt."""
        self.lags.applied(sent_s, clock_s())
        if self.audit is not None:
            self.audit.judge(sent_s, self._tier1.vouches)

    def besides(self, name: str, report: "Callable[[], CacheReport]") -> "Sequence[Besides]":
        """For one process: after a fork the child's are others."""
        from plimsoll.cache.watching.reporting import Reporter

        reporter = Reporter(name, report)

        async def simulate(_: "Ask", last: bool) -> None:
            if self.shadow is not None and not last:
                self.shadow.step(STEPS)

        return simulate, reporter
