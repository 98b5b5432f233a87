"""Whether `plimsoll tune` can tell anything of a database, by what was seen there and here. Pure."""

from dataclasses import dataclass
from typing import Final

from plimsoll.core.check import CheckResult, ok, warning

NAME: Final = "tuning"


@dataclass(frozen=True, slots=True)
class TuningLook:
    """`hypopg` is the version that is installed in the database, "" where it is not. `copy` says with which server a
    copy can be made here, or is "", and then `no_copy` says why none can be and `remedy` what would help. `counted`:
    whether the server counts statements in this database."""

    hypopg: str = ""
    counted: bool = False
    copy: str = ""
    no_copy: str = ""
    remedy: str = ""
    pooled: bool = False
    protected: bool = False


def judge_tuning(look: TuningLook) -> CheckResult:
    """A warning where indexes can neither be proved nor reckoned, or only one of them and not the better."""
    if look.pooled:
        why = "plimsoll tune cannot work through a transaction pooler: statements are planned in a session of their own"
        return warning(NAME, why, "for tuning connect to the server itself")
    reckons = bool(look.hypopg) and not look.protected
    workload = "" if look.counted else "; the workload must come from a run, a file of SQL or a log"
    if look.copy:
        estimates = f", estimates by hypopg {look.hypopg}" if reckons else ""
        return ok(NAME, f"plimsoll tune --prove can measure on a copy by {look.copy}{estimates}{workload}")
    if reckons:
        said = f"plimsoll tune can only estimate, by hypopg {look.hypopg}: {look.no_copy}{workload}"
        return warning(NAME, said, look.remedy)
    unused = ", and hypopg is not used on a protected database" if look.hypopg else ", and hypopg is not installed"
    return warning(NAME, f"plimsoll tune can tell nothing of indexes: {look.no_copy}{unused}", look.remedy)
