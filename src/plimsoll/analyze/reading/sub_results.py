"""Rows of CSV that are parts of the sample before them: a redirect, a resource of a page. They are in its time already.

JMeter writes them after their parent, named like it with a number ("page", "page-0", "page-1"). The name alone may be
a plan's own: a part is on its parent's thread and within its time, too.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import polars as pl

SUB_RESULT: Final = r"^(.+?)(?:-\d+)+$"
_PARENT: Final = ("label", "thread", "start_ms", "elapsed_ms")
ROUNDING_MS: Final = 1


class SubResults:
    """Takes batches in the order of a file, and gives them without such rows; `count` is how many there were."""

    def __init__(self) -> None:
        self.count = 0
        self._parent: tuple[Any, ...] | None = None

    def without(self, batch: "pl.DataFrame") -> "pl.DataFrame":
        import polars as pl

        if not batch["label"].unique().str.contains(SUB_RESULT).any():
            self._parent = batch.select(_PARENT).row(-1)
            return batch
        marked = batch.with_columns(sub=_is_part(self._parent))
        parents = batch.filter(~pl.col("label").str.contains(SUB_RESULT))
        self._parent = parents.select(_PARENT).row(-1) if len(parents) else self._parent
        self.count += int(marked["sub"].sum())
        return marked.filter(~pl.col("sub")).drop("sub")


def _is_part(before: tuple[Any, ...] | None) -> "pl.Expr":
    """`before` is the last parent of the batch before."""
    import polars as pl

    named = pl.col("label").str.extract(SUB_RESULT)
    parent = {name: pl.when(named.is_null()).then(pl.col(name)).forward_fill() for name in _PARENT}
    if before is not None:
        parent = {name: parent[name].fill_null(value) for name, value in zip(_PARENT, before, strict=True)}
    end, parent_end = pl.col("start_ms") + pl.col("elapsed_ms"), parent["start_ms"] + parent["elapsed_ms"]
    within = (pl.col("start_ms") >= parent["start_ms"] - ROUNDING_MS) & (end <= parent_end + ROUNDING_MS)
    same = (named == parent["label"]) & (pl.col("thread") == parent["thread"])
    return (named.is_not_null() & same & (within | pl.col("start_ms").is_null())).fill_null(False)
