"""What Prometheus reads at /metrics: of this process, for all organizations together."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Names follow Prometheus' conventions; labels are bounded: routes are patterns, never paths."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Histogram(
            "http_request_duration_seconds",
            "Time from the request to the end of its answer",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge("http_requests_in_flight", "Requests being answered", registry=self.registry)
        self.logins = Counter("logins_total", "Attempts to log in", ("outcome",), registry=self.registry)
        self.uploads = Counter("uploads_total", "Files handed in", ("outcome",), registry=self.registry)
        self.answers = Counter(
            "cache_answers_total", "Reads by where their answers came from", ("source",), registry=self.registry
        )
        self.pool_size = Gauge("db_pool_connections", "Connections of the pool", registry=self.registry)
        self.pool_idle = Gauge("db_pool_idle_connections", "Of these, idle ones", registry=self.registry)

    def text(self, pool_size: int, pool_idle: int) -> bytes:
        self.pool_size.set(pool_size)
        self.pool_idle.set(pool_idle)
        return generate_latest(self.registry)
