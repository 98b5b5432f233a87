"""What one request has cost so far, over all that it took: a retry, redirects."""

from dataclasses import dataclass

from plimsoll.load.http.connection import BODY_BYTES_MAX


@dataclass(slots=True)
class Exchange:
    """What one request cost so far. `started` is when the first connection was in hand, in monotonic ns; 0 before."""

    whole_by_ns: int
    bytes_max: int = BODY_BYTES_MAX
    started: int = 0
    connect_ns: int = 0
    tls_ns: int = 0
    first_byte_at: int = 0
    sent: int = 0
    received: int = 0
    retries: int = 0

    def measured(self) -> tuple[int, int, int, int, int]:
        """(connect, tls, first byte, sent, received) as a sample has them: nanoseconds and bytes."""
        first_byte_ns = max(0, self.first_byte_at - self.started) if self.first_byte_at else 0
        return self.connect_ns, self.tls_ns, first_byte_ns, self.sent, self.received

    def times(self, finished: int) -> tuple[int, int, int, int]:
        return self.connect_ns, self.tls_ns, max(0, self.first_byte_at - self.started), finished - self.started
