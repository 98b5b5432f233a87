"""What the shop's application does, and what it does wrong."""

import json
from dataclasses import asdict, dataclass, fields

from plimsoll.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Switches:
    """`pool` connections, opened when needed from `pool_min` on. A purchase waits `outside_ms` for what nobody
    watches, then holds a connection for `hold_ms` while it waits for another; each request computes for `cpu_ms`.
    `n_plus_one`: a list asks for each of its items. Of the requests `error_rate` (0 to 1) fail with 500; more than
    `requests_per_s` are refused with 429. `token` is what customers must show, else 401."""

    pool: int = 20
    pool_min: int | None = None
    hold_ms: float = 0.0
    cpu_ms: float = 0.0
    outside_ms: float = 0.0
    n_plus_one: bool = False
    page: int = 20
    error_rate: float = 0.0
    requests_per_s: float | None = None
    token: str = ""

    def text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Switches":
        """Raises UsageError for what `text` did not make."""
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            known = ", ".join(one.name for one in fields(cls))
            raise UsageError(
                "the shop does not know such switches", why=str(error), remedy=f"those are {known}"
            ) from None
