"""What the database allows now, told to the policy before each decision."""

from collections.abc import Callable
from dataclasses import replace

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.serving.connections import Connections, Seen, budgeted, others
from plimsoll.scale.supervisor.status import Status


class Budgeting:
    """`connections` None: nobody measures them, and only workers that still end count against the budget."""

    def __init__(self, connections: Connections | None, say: Callable[[str], None]) -> None:
        self._connections, self._say = connections, say
        self._known: tuple[int, int] | None = None  # max_connections and what is reserved, as they were used last

    def look(self, policy: Policy, status: Status) -> float | None:
        """Connections that count against the wanted workers, told to the policy; None where nobody measures them."""
        found = None if self._connections is None else self._connections.seen
        if found is not None and (found.connections_max, found.reserved) != self._known:
            self._known = (found.connections_max, found.reserved)
            self._rebudget(policy, found)
        if (budget := policy.limits.budget) is None:
            return None
        counted = others(found, budget, status.wanted, sum(worker.pid is not None for worker in status.workers))
        if counted is None and self._connections is None and policy.others:
            counted = 0.0  # the workers that still ended have
        policy.know_others(counted)
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
