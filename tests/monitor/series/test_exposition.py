"""The newest values as Prometheus reads them; its own reader is the judge."""

from prometheus_client.parser import text_string_to_metric_families

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.series.exposition import render_metrics
from plimsoll.monitor.series.recent import Recent
from tests.monitor.series.made import looks

ODD = 'a\\b "c"\nd}'


def rendered(recent: Recent, now_s: float = 100.0) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    text = render_metrics(recent, now_s, stale_after_s=30.0)
    return {
        family.name: {tuple(sample.labels.items()): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(text)
    }


def test_values_have_names_labels_and_help_of_the_catalogue() -> None:
    recent, disk = Recent(), SeriesKey.of("host_disk_reads_per_s", device=ODD)
    recent.put(Observation("host", 99.0, {SeriesKey("host_cpu_busy_percent"): 12.5, disk: 3.0}))
    recent.put(Observation("application", 99.0, {SeriesKey("application_queue_Länge"): float("inf")}))
    seen = rendered(recent)
    assert seen.pop("plimsoll_age_seconds") == {
        (("series", name),): 1.0
        for name in ("host_cpu_busy_percent", "host_disk_reads_per_s", "application_queue_L_nge")
    }
    assert seen == {
        "plimsoll_host_cpu_busy_percent": {(): 12.5},
        "plimsoll_host_disk_reads_per_s": {(("device", ODD),): 3.0},
        "plimsoll_application_queue_L_nge": {(): float("inf")},
    }
    lines = render_metrics(recent, 100.0, 30.0).splitlines()
    assert "# TYPE plimsoll_host_cpu_busy_percent gauge" in lines
    assert any(line.startswith("# HELP plimsoll_host_cpu_busy_percent ") and "percent" in line for line in lines)


def test_what_is_stale_is_left_out_and_what_is_seldom_told_is_not_stale() -> None:
    recent, often, seldom = Recent(), SeriesKey("often"), SeriesKey("seldom")
    for seen in (*looks([1.0] * 5, key=often, begun_s=0.0), *looks([1.0] * 5, key=seldom, begun_s=0.0, period_s=300.0)):
        recent.put(seen)
    assert set(rendered(recent, 8.0 + 29)) == {"plimsoll_often", "plimsoll_seldom", "plimsoll_age_seconds"}
    assert set(rendered(recent, 1200.0 + 899)) == {"plimsoll_seldom", "plimsoll_age_seconds"}
    assert set(rendered(recent, 1200.0 + 901)) == set()
