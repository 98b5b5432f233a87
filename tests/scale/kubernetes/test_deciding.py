"""What is read, told and waited for on Kubernetes, without a cluster."""

from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.scale.kubernetes.competing import competitors
from plimsoll.scale.kubernetes.haproxy import Statistics
from plimsoll.scale.kubernetes.trouble import ASKED_MOST_S, MOST_S, ClusterError, delay_s, explained, retry_after
from plimsoll.scale.kubernetes.workload import Workload, fitting, observed, parse_workload, surge
from plimsoll.scale.policy.figures import Document, Figure, Reader, of_query, parse_figure
from plimsoll.scale.policy.readings import Reading, Readings

WEB = Workload("deployment", "web", "shop")


@pytest.mark.parametrize("text", ["web", "deployment/web", "deploy/web", "Deployments/web", "deployment.apps/web"])
def test_a_workload_is_named_as_kubectl_does(text: str) -> None:
    assert parse_workload(text) == Workload("deployment", "web")


@pytest.mark.parametrize("text", ["", "pod/web", "deployment/", "deployment/../secrets", "deployment/web/scale", "Web"])
def test_what_is_no_workload_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="what is to be scaled"):
        parse_workload(text)


def seen(spec: Any, status: Any) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"resourceVersion": "7", "uid": "u"}, "spec": spec, "status": status}


def test_more_ready_pods_than_are_asked_for_count_as_many_as_are() -> None:
    assert observed(seen({"replicas": 3}, {"readyReplicas": 4})).ready == 3
    assert observed(seen({"replicas": 3}, None)).starting == 3
    assert observed(seen({}, {})).replicas == 1


@pytest.mark.parametrize("told", [{}, seen({"replicas": -1}, {}), seen({"replicas": "3"}, {}), seen([], {})])
def test_what_is_no_workload_of_the_api_is_told(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"it has no|cannot be"):
        observed(told)


@given(most=st.integers(1, 200), share=st.integers(0, 300))
def test_with_what_fits_a_rollout_never_has_more_pods_than_there_are_connections_for(most: int, share: int) -> None:
    told = seen({"strategy": {"rollingUpdate": {"maxSurge": f"{share}%"}}}, {})
    replicas = fitting(told, most)
    assert replicas == 1 or replicas + surge(told, replicas) <= most
    assert replicas == most or replicas + 1 + surge(told, replicas + 1) > most


def test_what_is_recreated_or_a_statefulset_has_no_more_pods() -> None:
    assert surge(seen({"strategy": {"type": "Recreate"}}, {}), 9) == 0
    assert surge({**seen({}, {}), "kind": "StatefulSet"}, 9) == 0


def scaler(called: str, **target: str) -> dict[str, Any]:
    return {"metadata": {"name": called}, "spec": {"scaleTargetRef": target}}


def test_only_who_targets_the_same_object_competes() -> None:
    same = scaler("a", apiVersion="apps/v1", kind="Deployment", name="web")
    others = [
        scaler("b", apiVersion="apps/v1", kind="StatefulSet", name="web"),
        scaler("c", apiVersion="apps/v1", kind="Deployment", name="api"),
        scaler("d", apiVersion="argoproj.io/v1alpha1", kind="Rollout", name="web"),
        {},
    ]
    assert competitors(WEB, [same, *others]) == ['HorizontalPodAutoscaler "a"']
    of_keda = {**same, "metadata": {"name": "h", "ownerReferences": [{"kind": "ScaledObject", "name": "s"}]}}
    assert competitors(WEB, [of_keda], [scaler("s", name="web")]) == ['ScaledObject "s"']


@given(failures=st.integers(1, 10_000), asked=st.floats(0, 1e6), seed=st.integers(0, 99))
def test_a_wait_is_bounded_and_never_shorter_than_was_asked_for(failures: int, asked: float, seed: int) -> None:
    wait = delay_s(failures, asked, Random(seed))
    assert min(asked, ASKED_MOST_S) <= wait <= max(1.5 * MOST_S, 1.1 * ASKED_MOST_S)


def test_what_a_server_says_of_when_to_come_again_is_read_with_care() -> None:
    said = ["7", " 7 ", "", "-1", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT"]
    assert [retry_after({"retry-after": text}) for text in said] == [7, 7, 0, 0, 0, 0]


def test_a_refusal_that_is_no_matter_of_rights_is_told_as_it_is() -> None:
    refused = explained(ClusterError(403, 'admission webhook "quota" denied the request: too many'), WEB)
    assert "admission webhook" in str(refused)
    assert "Role" not in refused.remedy


# -- figures

TEXT = Document(
    [
        ("http_requests_total", (("code", "200"), ("path", "/")), 100.0),
        ("http_requests_total", (("code", "503"), ("path", "/")), 20.0),
        ("waiting", (), 3.0),
    ],
    {"waiting": "gauge"},
)


def values(read: tuple[Mapping[str, Reading], Mapping[str, str]]) -> dict[str, float]:
    return {name: reading.value for name, reading in read[0].items()}


def grown(by: float) -> Document:
    assert TEXT.samples is not None
    return Document([(name, labels, value + by) for name, labels, value in TEXT.samples], TEXT.types)


def test_counters_are_rates_between_two_looks_and_unknown_when_they_go_back() -> None:
    reader = Reader([parse_figure('rate=rate(http_requests_total{code="200"})'), parse_figure("queue=waiting")])
    assert reader.read(TEXT, 0.0) == ({"queue": Reading(3, 0.0)}, {})
    assert values(reader.read(grown(50), 2.0))["rate"] == 25
    assert "rate" not in reader.read(TEXT, 4.0)[0]
    assert values(reader.read(grown(10), 6.0))["rate"] == 5


def test_a_mean_is_that_of_what_came_between() -> None:
    reader = Reader([parse_figure("latency_s=mean(took_ms)*0.001")])
    for at, total, count in ((0, 0.0, 0.0), (1, 500.0, 10.0)):
        found = reader.read(Document([("took_ms_sum", (), total), ("took_ms_count", (), count)], {}), at)
    assert found == ({"latency_s": Reading(0.05, 1)}, {})
    again = Document([("took_ms_sum", (), 500.0), ("took_ms_count", (), 10.0)], {})
    assert reader.read(again, 2) == ({}, {})  # nobody came: no latency, and not 0


def test_json_is_read_by_its_path() -> None:
    told = {"pool": {"waiting": "4", "workers": [{"cpu": 50}]}, "up": True, "bad": "NaN"}
    figures = ["queue=pool.waiting", "cpu=pool.workers.0.cpu*0.01", "memory=up", "latency_s=bad", "rate=no.such"]
    read = Reader([parse_figure(one) for one in figures]).read(Document(json=told), 0.0)
    assert values(read) == {"queue": 4, "cpu": 0.5}
    assert set(read[1]) == {"latency_s", "memory", "rate"}


def test_what_a_watch_tells_is_as_old_as_it_says() -> None:
    busy, age = "plimsoll_host_cpu_busy_percent", "plimsoll_age_seconds"
    told = Document.of([(busy, (), 50.0), (age, (("series", "host_cpu_busy_percent"),), 12.0)], {})
    (reading,) = Reader([parse_figure(f"cpu={busy}*0.01")]).read(told, 100.0)[0].values()
    assert reading == Reading(0.5, 88.0)
    assert "12 s old" in Readings(100.0, 1, cpu=reading).trouble("cpu")


def test_numbers_that_no_number_holds_are_no_readings() -> None:
    reader = Reader([parse_figure("queue=waiting")])
    assert reader.read(Document([("waiting", (), 1e308), ("waiting", (), 1e308)], {}), 0.0)[0] == {}
    assert reader.read(Document(json={"waiting": 10**400}), 0.0)[0] == {}
    with pytest.raises(ValueError, match="no number"):
        of_query({"status": "success", "data": {"resultType": "scalar", "result": [0, 10**400]}})


def test_a_counter_that_is_taken_for_a_gauge_is_noticed() -> None:
    with pytest.raises(UsageError, match=r"only grows: rate\(http_requests_total\)"):
        parse_figure("rate=http_requests_total")
    counter = Document([("requests", (), 9.0)], {"requests": "counter"})
    assert "only grows" in Reader([Figure("rate", "", "requests")]).read(counter, 0.0)[1]["rate"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("requests", "NAME=FIGURE"),
        ("speed=x", '"speed" is none of rate'),
        ("rate=rate(x", "NAME=FIGURE"),
        ('rate=rate(x{code=~"2.."})', "labels are compared by ="),
        ("queue=x*0", "no number above 0"),
        ("rate=mean(x)", "a mean is that of a latency"),
        ("rate=rate(1 or 2)", "no name of a figure"),
    ],
)
def test_what_is_no_figure_is_told(text: str, why: str) -> None:
    with pytest.raises(UsageError, match="wrong figure") as raised:
        parse_figure(text)
    assert why in str(raised.value)


@given(st.text('rate(){}*=,".x1 ', max_size=40))
def test_any_text_is_a_figure_or_is_told(text: str) -> None:
    with suppress(UsageError):
        assert parse_figure(f"rate={text}").name == "rate"


def vector(*values: str) -> dict[str, Any]:
    result = [{"metric": {}, "value": [1764200000, value]} for value in values]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def test_a_query_gives_one_number_or_none() -> None:
    assert of_query(vector("12.5")) == 12.5
    for told, why in (
        (vector(), "finds nothing"), (vector("1", "2"), "finds 2"), (vector("NaN"), "no number"), ([], "no answer"),
        ({"status": "error", "error": "parse error at char 3"}, "parse error"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=why):
            of_query(told)


def test_what_is_no_statistics_of_haproxy_is_told() -> None:
    for text in ("", "<html>", "# pxname,svname\n", "\x00\x00"):
        with pytest.raises(ValueError, match="no CSV of HAProxy"):
            Statistics().read(text, 0.0)
