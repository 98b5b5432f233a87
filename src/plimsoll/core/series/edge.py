"""The series of edges, all of them together, and of the outbox of their purges."""

from typing import Final

from plimsoll.core.series.info import SeriesInfo, of

EDGE: Final[tuple[SeriesInfo, ...]] = (
    of("edge_processes", "count", "edges that answer"),
    of("edge_silent_processes", "count", "edges that are named and do not answer"),
    of("edge_behind_processes", "count", "edges that tell nothing by tag, since they know too little of changes"),
    of("edge_requests_per_s", "1/s", "requests"),
    of("edge_hit_percent", "percent", "answered without a body of the origin's, of the last minute's (20 or more)"),
    of("edge_class_hit_percent", "percent", "the same by class: how it may be kept, and what it is", "kind"),
    of("edge_class_requests_per_s", "1/s", "requests by class", "kind"),
    of("edge_outcomes_per_s", "1/s", "requests by what answered", "outcome"),
    of("edge_because_per_s", "1/s", "requests for which the origin was asked, by RFC 9211's reason", "reason"),
    of("edge_passed_per_s", "1/s", "answers that were not stored, by reason", "reason"),
    of("edge_countries_per_s", "1/s", "requests of the most frequent countries, as trusted peers say", "country"),
    of("edge_latency_ms_p50", "ms", "half of the answers began within so long"),
    of("edge_latency_ms_p95", "ms", "95 of 100 answers began within so long"),
    of("edge_latency_ms_p99", "ms", "99 of 100 answers began within so long"),
    of("edge_errors_percent", "percent", "answers of 500 and above, none at all, and bodies cut off"),
    of("edge_errors_per_s", "1/s", "the same as a rate"),
    of("edge_saved_bytes_per_s", "bytes/s", "bodies that the origin did not send"),
    of("edge_served_bytes_per_s", "bytes/s", "bodies that were told"),
    of("edge_purged_per_s", "1/s", "stored responses that purges found"),
    of("edge_entries", "count", "responses that are stored in all edges"),
    of("edge_bytes", "bytes", "what they take"),
    of("edge_purges_waiting", "count", "purges that wait for a provider", "provider"),
    of("edge_purges_parked", "count", "purges that a provider has refused too often", "provider"),
    of("edge_purge_lag_s", "s", "for how long the oldest purge has waited; 0 where none waits", "provider"),
    of("edge_changelog_read_s", "s", "since the changelog was last read for purges"),
)
