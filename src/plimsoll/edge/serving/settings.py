"""How an edge behaves beside the rules. Checked as it is made."""

import re
from dataclasses import dataclass
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.numbers import above, at_least, counts

_NAME: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
KEYED_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class Settings:
    """`wait_s`: so long a request waits for the answer that another has asked for, then it asks itself. `pass_s`: so
    long requests for what could not be shared do not wait for each other. `passed`: URLs of which that is remembered.
    `filling_bytes`: of all responses together that are collected to be stored; beyond it they pass and are not stored.
    `behind`: validations at once behind stale answers. `keyed`: request fields in small letters that a proxy in front
    sets, as x-forwarded-proto: they reach the application, and count as if each response varied by them.
    """

    wait_s: float = 5.0
    pass_s: float = 10.0
    passed: int = 10_000
    filling_bytes: int = 64 * 2**20
    behind: int = 32
    keyed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not above(self.wait_s, 0) or not at_least(self.pass_s, 0):
            raise _wrong("wait_s and pass_s are seconds", "above 0, and 0 or more")
        if not all(map(counts, (self.passed, self.filling_bytes, self.behind))):
            raise _wrong("passed, filling_bytes and behind are whole numbers", "1 or more")
        if len(self.keyed) > KEYED_MAX or not all(_NAME.fullmatch(name) for name in self.keyed):
            raise _wrong(f"keyed has at most {KEYED_MAX} names of fields", 'as ("x-forwarded-proto",)')


def _wrong(why: str, remedy: str) -> UsageError:
    return UsageError("not a setting of an edge", why=why, remedy=remedy)
