"""What each tenant has of a store, and which of its entries goes when that is more than its quota."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping

from plimsoll.cache.store.entry import Kept


class Tenant:
    """Its entries, the oldest first, kept only where there is a quota; and their bytes."""

    __slots__ = ("bytes", "count", "entries")

    def __init__(self) -> None:
        self.bytes = 0
        self.count = 0
        self.entries: OrderedDict[Hashable, Kept] = OrderedDict()


class Tenants:
    """As many as have entries. Each operation is O(1)."""

    def __init__(self, quota: int | None) -> None:
        self.quota = quota
        self._tenants: dict[str, Tenant] = {}

    def add(self, entry: Kept) -> None:
        tenant = self._tenants.get(entry.tenant)
        if tenant is None:
            tenant = self._tenants[entry.tenant] = Tenant()
        tenant.bytes += entry.weight
        tenant.count += 1
        if self.quota is not None:
            tenant.entries[entry.key] = entry

    def remove(self, entry: Kept) -> None:
        tenant = self._tenants[entry.tenant]
        tenant.bytes -= entry.weight
        tenant.count -= 1
        tenant.entries.pop(entry.key, None)
        if not tenant.count:
            del self._tenants[entry.tenant]

    def over(self, name: str) -> Kept | None:
        """What has to go next, since the tenant has more than its quota; None if it has not."""
        tenant = self._tenants.get(name)
        if self.quota is None or tenant is None or tenant.bytes <= self.quota:
            return None
        return next(iter(tenant.entries.values()))

    def bytes(self) -> Mapping[str, int]:
        return {name: tenant.bytes for name, tenant in self._tenants.items()}
