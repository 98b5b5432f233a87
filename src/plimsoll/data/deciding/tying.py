"""In which order a table's foreign keys follow each other to one owner, and which of them are left alone. Pure."""

from collections.abc import Mapping

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import ForeignKey
from plimsoll.data.deciding.belonging import ties_of, within_of
from plimsoll.data.deciding.keying import Keying
from plimsoll.data.deciding.linking import is_listed
from plimsoll.data.deciding.order import can_be_null
from plimsoll.data.domain import Domain
from plimsoll.data.rows.model import TableModel
from plimsoll.data.rows.owners import Ties


def tied(
    model: TableModel,
    models: Mapping[TableName, TableModel],
    owner: Mapping[str, ForeignKey],
    keying: Keying,
    skew: Mapping[str, float],
    learned: Mapping[str, ColumnStatistics],
    domains: Mapping[str, Domain],
) -> Ties:
    """The ties of the keys that decide all their columns. `skew` is what the plan says of some, `learned` is known.

    First the key of the groups; then those of which something is said, from the owner down, so that it holds; then the
    others from below, so that whatever is above follows.
    """
    whole = [one for one in dict.fromkeys(owner.values()) if all(owner.get(name) == one for name in one.columns)]
    whole = [one for one in whole if not any(is_listed(model.table, name, domains) for name in one.columns)]

    def rank(one: tuple[ForeignKey, TableModel]) -> tuple[bool, bool, bool, int, str]:
        key, parent = one
        said = any(name in skew or name in learned for name in key.columns)
        place = parent.place if said else -parent.place
        return key.name != keying.group, not said, can_be_null(model.table, key), place, key.name

    settled = [(one, models[one.referenced]) for one in whole if one.referenced in models]
    settled = sorted(((one, parent) for one, parent in settled if parent.place < model.place and parent.rows), key=rank)
    free = {one.name for one, _ in settled if not _kept(one, keying, skew)}
    ties = ties_of(model, settled, keying, free)
    within = within_of(model, [one for one in settled if not is_one_to_one(one[0], keying)])
    if within is not None:
        ties.within = {one.name: within for one in whole if one.referenced == model.table.name}
    return ties


def is_one_to_one(key: ForeignKey, keying: Keying) -> bool:
    return key.name in keying.one_to_one


def _kept(key: ForeignKey, keying: Keying, skew: Mapping[str, float]) -> bool:
    """Whether what a key refers to is settled by itself."""
    evenly = key.name in keying.distinct and any(skew.get(name) == 0 for name in key.columns)
    return key.name in (keying.group, *keying.one_to_one) or evenly
