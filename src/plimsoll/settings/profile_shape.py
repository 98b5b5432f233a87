"""A profile's executor and the stages that its shape makes, from what the file states of them. Pure."""

from plimsoll.core.errors import UsageError
from plimsoll.core.profile import Executor, Stage
from plimsoll.core.shapes import shaped_stages
from plimsoll.settings.schema import ProfileTable


def executor_of(table: ProfileTable) -> Executor:
    """As stated; with a shape the one that follows from it. Raises UsageError."""
    if table.shape is None:
        _refuse_parts_of_a_shape(table)
        if table.executor is None:
            raise UsageError("'executor' is missing", remedy='add executor = "constant-users", or shape = "workday"')
        return table.executor
    if (table.peak is None) == (table.users is None):
        raise UsageError(
            "a shape needs either peak or users",
            why="peak is its highest rate, users how many there are at most",
            remedy="peak = 100",
        )
    wanted: Executor = "ramping-rate" if table.peak is not None else "ramping-users"
    if table.executor not in (None, wanted):
        raise UsageError(f"the shape is a {wanted}", why=f"executor says {table.executor}", remedy="leave executor out")
    return wanted


def stages_of_shape(table: ProfileTable) -> tuple[Stage, ...]:
    """Those that come before the stages of the file; none without a shape. Raises UsageError."""
    if table.shape is None:
        return ()
    if table.for_s is None:
        raise UsageError("how long the shape is to take is missing", remedy='for = "10m"')
    peak = table.users if table.peak is None else table.peak
    assert peak is not None, "executor_of has seen to it"
    return shaped_stages(table.shape, peak, table.for_s, users=table.peak is None)


def _refuse_parts_of_a_shape(table: ProfileTable) -> None:
    stated = {"peak": table.peak, "users": table.users, "for": table.for_s}
    found = next((key for key, value in stated.items() if value is not None), None)
    if found is not None:
        raise UsageError(
            f"{found!r} is for a shape", why="a level and its time belong into stages", remedy='shape = "workday"'
        )
