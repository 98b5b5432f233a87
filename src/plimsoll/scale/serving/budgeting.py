"""What the database allows now, told to the policy before each decision."""

from collections.abc import Callable
from dataclasses import replace

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import Reading
from plimsoll.scale.serving.connections import Connections, Seen, budgeted, others
from plimsoll.scale.supervisor.status import Status


class Budgeting:
    """`connections` None: only what a monitor tells of others counts against the budget, and workers that still end."""

    def __init__(self, connections: Connections | None, say: Callable[[str], None]) -> None:
        self._connections, self._say = connections, say
        self._told: float | None = None  # others' connections as a monitor told them last
        self._known: tuple[int, int] | None = None  # max_connections and what is reserved, as they were used last

    def look(self, policy: Policy, status: Status, told: Reading | None = None) -> float | None:
        """Connections that count against the wanted workers, told to the policy; None where they are not known now.
        `told`: others' connections, by a monitor. Where none are told any more the last number stays."""
        found = None if self._connections is None else self._connections.seen
        if found is not None and (found.connections_max, found.reserved) != self._known:
            self._known = (found.connections_max, found.reserved)
            self._rebudget(policy, found)
        if (budget := policy.limits.budget) is None:
            return None
        counted = others(found, budget, status.wanted, sum(worker.pid is not None for worker in status.workers))
        if counted is None and self._connections is None and policy.others:
            counted = 0.0  # the workers that still ended have
        self._told = self._told if told is None else told.value
        if self._told is not None:
            counted = (counted or 0.0) + self._told
        policy.know_others(counted)
        if told is not None:
            return counted
        return None if self._connections is None or self._connections.trouble else counted

    def _rebudget(self, policy: Policy, found: Seen) -> None:
        """Where the database has fewer now than the minimum of workers needs, the former budget stays, and it is said.
        What somebody told since stays until the database's own numbers change."""
        if policy.limits.budget is None:
            return
        try:
            policy.limits = replace(policy.limits, budget=budgeted(found, policy.limits.budget.pool))
        except UsageError as error:
            self._say(f"the database's {found.connections_max} connections are not what was begun with: {error}")
