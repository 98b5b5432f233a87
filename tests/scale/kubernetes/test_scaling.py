"""The policy on a Deployment, by kr8s over HTTP against a fake of the API (`fake_api`): not against a real cluster."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.scale.kubernetes.cluster import Where
from plimsoll.scale.kubernetes.workload import Workload
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from tests.scale.kubernetes.fake_api import FakeKubernetes, Status, fake_kubernetes
from tests.scale.kubernetes.stage import Told, nothing, play, times

BUSY = Status(429, "TooManyRequests", "too many requests", {"Retry-After": "7"})
DOWN = Status(503, "ServiceUnavailable", "etcd is away")


@pytest.fixture
def fake() -> Iterator[FakeKubernetes]:
    with fake_kubernetes() as made:
        made.add("web", 2)
        yield made


def test_replicas_follow_the_load_up_and_down_through_the_subresource_alone(
    fake: FakeKubernetes, tmp_path: Path
) -> None:
    load = Told({"rate": 60.0})

    def calm() -> None:
        fake.change(ready=fake.replicas())
        load.values["rate"] = 5.0

    heard, waits = play(fake, tmp_path, load, nothing, *times(150, calm))
    assert fake.set_to[0] >= 7
    assert fake.replicas() == 1
    assert ("apps", "deployments", "patch") not in fake.asked
    assert set(waits) == {2.0}
    assert heard.decisions[0][0].summary.startswith(f"2 → {fake.set_to[0]} workers: 60 requests/s")


def test_what_is_not_known_takes_nobody_away(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.change(replicas=5, ready=5)
    load = Told({"rate": 50.0})
    heard, _ = play(fake, tmp_path, load, nothing, load.values.clear, *times(40))
    assert fake.replicas() >= 5
    assert heard.decisions[-1][0].rule == "unknown"


def test_before_the_load_was_known_for_a_minute_nobody_is_taken_away(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.change(replicas=9, ready=9)
    load = Told({"rate": 5.0})
    heard, _ = play(fake, tmp_path, load, *times(30))
    assert (fake.set_to, heard.decisions[-1][0].rule) == ([], "unknown")
    assert "not been known for 60 s yet" in heard.decisions[-1][0].because
    play(fake, tmp_path, load, *times(25), load.values.clear, lambda: load.values.update(rate=5.0), *times(28))
    assert fake.set_to == []
    play(fake, tmp_path, load, *times(31))
    assert len(fake.set_to) == 1


def test_limits_hold_at_once(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.change(replicas=30, ready=30)
    heard, _ = play(fake, tmp_path, 500.0, nothing)
    assert (fake.set_to, heard.decisions[0][0].rule) == ([20], "max")


def test_a_dry_run_tells_and_sets_nothing_even_beside_an_autoscaler(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.target("horizontalpodautoscalers", "web-hpa")
    heard, _ = play(fake, tmp_path, 60.0, nothing, dry_run=True)
    assert heard.last == (9, "dry run: nothing is set")
    assert any(change.input == "rate" and change.was == 60 for change in heard.otherwise())
    assert {verb for _, _, verb in fake.asked} == {"get"}


def test_who_was_quicker_is_looked_at_again_and_decided_anew(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.meanwhile.extend([nothing, lambda: fake.change(replicas=4)])
    heard, waits = play(fake, tmp_path, 60.0, nothing)
    assert (heard.decisions[0][0].before, fake.replicas()) == (4, 9)
    assert heard.said("somebody else set 4 replicas where there were 2") == 1
    assert len(waits) == 2  # at once, not at the next tick


def test_who_is_quicker_each_time_is_left_alone_until_the_next_look(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.meanwhile.extend([nothing, *times(3, fake.change)])
    heard, _ = play(fake, tmp_path, 60.0, nothing, nothing)
    assert heard.said("others change it whenever we do") == 1
    assert fake.set_to == [9]


def test_an_object_that_was_made_anew_is_not_the_one_that_was_decided_on(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.meanwhile.extend([nothing, lambda: fake.add("web", 2)])
    heard, _ = play(fake, tmp_path, 60.0, nothing)
    assert heard.said("it was made anew, with 2 replicas") == 1
    assert fake.replicas() == 9


def test_a_busy_api_is_given_the_time_that_it_asks_for_and_an_ill_one_more_each_time(
    fake: FakeKubernetes, tmp_path: Path
) -> None:
    heard, waits = play(
        fake, tmp_path, 60.0,
        *(partial(fake.failing.append, one) for one in (BUSY, DOWN, DOWN)), nothing,
    )  # fmt: skip
    assert 7 <= waits[1] <= 7.7
    assert 1 <= waits[2] <= 3
    assert 2 <= waits[3] <= 6
    assert (
        heard.said("asks us to wait")
        == heard.said("answers with 503 (deployment/web in shop): etcd is away")
        == heard.said("is asked for again")
        == 1
    )
    assert fake.set_to == [9]


def test_a_token_that_was_renewed_is_read_anew(fake: FakeKubernetes, tmp_path: Path) -> None:
    def renewed() -> None:
        fake.token = "the-next-one"
        fake.kubeconfig(tmp_path / "config")

    heard, waits = play(fake, tmp_path, 60.0, renewed, nothing)
    assert (fake.set_to, set(waits)) == ([9], {2.0})
    assert not heard.said("does not know us")


def test_at_the_start_it_waits_for_an_ill_api_but_not_for_ever(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.failing.append(DOWN)
    play(fake, tmp_path, 60.0, nothing, nothing)
    assert fake.set_to == [9]
    fake.failing.extend([DOWN] * 9)
    with pytest.raises(RefusedError, match="answers with 503"):
        play(fake, tmp_path, 60.0, *times(9))


@pytest.mark.parametrize("plural", ["horizontalpodautoscalers", "scaledobjects"])
def test_beside_another_autoscaler_it_does_not_begin(fake: FakeKubernetes, tmp_path: Path, plural: str) -> None:
    fake.target(plural, "theirs")
    with pytest.raises(RefusedError, match=r'(HorizontalPodAutoscaler|ScaledObject) "theirs" set its replicas'):
        play(fake, tmp_path, 60.0)
    assert fake.set_to == []


def test_an_autoscaler_that_comes_later_is_left_the_replicas_and_once_gone_they_are_taken_up_again(
    fake: FakeKubernetes, tmp_path: Path
) -> None:
    load = Told({"rate": 20.0})

    def comes() -> None:
        fake.target("horizontalpodautoscalers", "late")
        load.values["rate"] = 100.0

    heard, _ = play(
        fake, tmp_path, load, lambda: fake.change(ready=fake.replicas()), *times(16), comes, *times(16),
        fake.lists["horizontalpodautoscalers"].clear, *times(16),
    )  # fmt: skip
    holds = [held for _, held in heard.decisions if held]
    assert set(holds) == {'HorizontalPodAutoscaler "late" sets its replicas, too: nothing is set'}
    assert heard.decisions[-1][1] == ""
    assert fake.replicas() >= 14


def test_what_was_scaled_to_0_stays_there_until_somebody_scales_it_up(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.change(replicas=0, ready=0)
    heard, _ = play(fake, tmp_path, 60.0, nothing, lambda: fake.change(replicas=1))
    assert "scaled to 0" in heard.decisions[0][1]
    assert fake.set_to == [9]


def test_hands_a_paused_rollout_and_pods_that_never_get_ready_are_told_once(
    fake: FakeKubernetes, tmp_path: Path
) -> None:
    heard, _ = play(fake, tmp_path, 60.0, nothing, lambda: fake.change(replicas=15, paused=True), *times(64))
    assert heard.said("somebody else set 15 replicas where there were 9: it goes on from there") == 1
    assert heard.said("its rollout is paused") == 1
    assert heard.said("are not ready since 120 s") == 1


def test_a_right_that_is_missing_is_named_with_the_rule_that_grants_it(fake: FakeKubernetes, tmp_path: Path) -> None:
    get = {"apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["web"], "verbs": ["get"]}
    lists = {
        "apiGroups": ["autoscaling", "keda.sh"],
        "resources": ["horizontalpodautoscalers", "scaledobjects"],
        "verbs": ["list"],
    }
    fake.rights = [get, lists]
    with pytest.raises(RefusedError, match="a right is missing: patch deployments/scale") as raised:
        play(fake, tmp_path, 60.0)
    rule = '{apiGroups: ["apps"], resources: ["deployments/scale"], resourceNames: ["web"], verbs: ["patch"]}'
    assert rule in raised.value.remedy
    assert "system:serviceaccount:shop:plimsoll" in raised.value.why


def test_a_name_that_is_not_there_is_told_with_those_that_are(fake: FakeKubernetes, tmp_path: Path) -> None:
    missing = Workload("deployment", "wbe")
    with pytest.raises(RefusedError, match=r"there is no deployment/wbe in shop: deployments in shop: web"):
        play(fake, tmp_path, 60.0, workload=missing)
    fake.rights = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}]
    with pytest.raises(RefusedError, match="cannot be listed with our rights"):
        play(fake, tmp_path, 60.0, workload=missing)


def test_what_is_deleted_meanwhile_is_waited_for(fake: FakeKubernetes, tmp_path: Path) -> None:
    heard, _ = play(fake, tmp_path, 60.0, fake.objects.clear, nothing, lambda: fake.add("web", 3))
    assert heard.said("there is no deployment/web in shop") == 1
    assert fake.set_to == [9]


def test_a_statefulset_is_scaled_alike(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.add("db", 1, plural="statefulsets")
    play(fake, tmp_path, 30.0, nothing, workload=Workload("statefulset", "db"))
    assert fake.replicas("db", "statefulsets") == 5
    assert ("apps", "statefulsets/scale", "patch") in fake.asked


@pytest.mark.parametrize(("surge", "most"), [(None, 7), ("50%", 6), (1, 8), (0, 9)])
def test_the_budget_of_connections_leaves_room_for_a_rollout(
    fake: FakeKubernetes, tmp_path: Path, surge: int | str | None, most: int
) -> None:
    fake.change(strategy={"rollingUpdate": {} if surge is None else {"maxSurge": surge}})
    heard, _ = play(fake, tmp_path, 500.0, nothing, limits=Limits(1, 20, ConnectionBudget(98, 10)))
    assert (heard.decisions[0][0].rule, fake.replicas()) == ("connections", most)


def test_who_is_not_known_and_what_is_no_cluster_is_told(fake: FakeKubernetes, tmp_path: Path) -> None:
    config = fake.kubeconfig(tmp_path / "other")
    known = config.read_text()
    config.write_text(known.replace("the-service-accounts", "somebody-elses"))
    with pytest.raises(RefusedError, match="does not know us"):
        play(fake, tmp_path, 60.0, where=Where(kubeconfig=config))
    for elsewhere in (f"{fake.url}/nothing", f"{fake.url}/page", f"{fake.url}/list"):
        config.write_text(known.replace(fake.url, elsewhere))
        with pytest.raises(UsageError, match="what answers there is not Kubernetes"):
            play(fake, tmp_path, 60.0, where=Where(kubeconfig=config))
    config.write_text(known.replace(fake.url, "http://127.0.0.1:1"))
    with pytest.raises(RefusedError, match="cannot be asked"):
        play(fake, tmp_path, 60.0, *times(9), where=Where(kubeconfig=config))
    with pytest.raises(UsageError, match="No such context missing"):
        play(fake, tmp_path, 60.0, where=Where(kubeconfig=config, context="missing"))
    for text in ("", "[1]", "a: [", "contexts: []", known.replace(fake.url, "nowhere")):
        config.write_text(text)
        with pytest.raises(UsageError, match="no Kubernetes cluster can be used"):
            play(fake, tmp_path, 60.0, where=Where(kubeconfig=config))
