"""Whether an index that is there serves what a candidate would. Pure."""

from collections.abc import Sequence

from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey


def is_served(index: Index, equal: int, there: Sequence[ExistingIndex]) -> bool:
    """By one with the same keys first; the first `equal` of a candidate's are held equal, so their order is free."""
    return any(_serves(one, index, equal) for one in there if one.valid)


def _serves(one: ExistingIndex, index: Index, equal: int) -> bool:
    has = one.index
    if has.method != index.method or has.predicate.strip("()") != index.predicate.strip("()"):
        return False  # one of all rows is not as small, and is in another order than what is asked of a few
    if not set(index.include) <= {*has.include, *has.columns}:
        return False
    if index.method != "btree":
        return set(map(_text, index.keys)) <= set(map(_text, has.keys))
    ours, theirs = [_text(key) for key in index.keys], [_text(key) for key in has.keys]
    if has.unique and not has.predicate and set(theirs) <= set(ours[:equal]):
        return True  # one row at most
    return set(ours[:equal]) == set(theirs[:equal]) and _same_way(ours[equal:], theirs[equal : len(ours)], index, has)


def _same_way(ours: list[str], theirs: list[str], index: Index, has: Index) -> bool:
    if ours != theirs:
        return False
    start = len(index.keys) - len(ours)
    turned = {
        (mine.descending, mine.nulls_first) != (other.descending, other.nulls_first)
        for mine, other in zip(index.keys[start:], has.keys[start:], strict=False)
    }
    return len(turned) <= 1


def _text(key: IndexKey) -> str:
    """Of a key, whatever its direction."""
    return f"{key.column or key.sql.strip('()')} {key.opclass} {key.collation}"
