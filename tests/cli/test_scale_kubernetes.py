"""`plimsoll scale kubernetes` as a user has it: its guide's commands and manifests, errors, lines, a real process."""

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.cli.scale_kubernetes import Lines
from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.changes import Change
from plimsoll.scale.policy.decision import Decision
from tests.scale.kubernetes.fake_api import FakeKubernetes, fake_kubernetes
from tests.scale.kubernetes.stage import nothing, play, times

PATIENCE_S = 60.0
GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "scale-kubernetes.md").read_text("utf-8")
COMMANDS = re.findall(r"^plimsoll (scale kubernetes .*)$", GUIDE, re.MULTILINE)
BY_US, BY_KEDA = (
    {one["kind"]: one for one in yaml.safe_load_all(text)}
    for text in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
)
FIGURES = "--capacity 50 --haproxy http://lb/;csv"


@pytest.fixture
def fake() -> Iterator[FakeKubernetes]:
    with fake_kubernetes() as made:
        made.add("web", 2)
        yield made


@pytest.fixture(autouse=True)
def nobody_knows_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    for name in ("KUBERNETES_SERVICE_HOST", "PLIMSOLL_METRICS_TOKEN"):  # these tests may run in a pod
        monkeypatch.delenv(name, raising=False)


def said(words: list[str]) -> str:
    with pytest.raises(UsageError) as raised:
        CliRunner().invoke(app, words, catch_exceptions=False)
    return str(raised.value)


def container(manifests: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = manifests["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    return found


def rights(rules: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_is_understood(command: str) -> None:
    assert said(shlex.split(command)).startswith("no Kubernetes cluster can be used")


@pytest.mark.parametrize("command", ["run", "metrics"])
def test_a_window_of_hours_is_refused(command: str) -> None:
    words = ["scale", "kubernetes", command, "deployment/web", *FIGURES.split(), "--down-window", "2h"]
    assert said(words).startswith("wrong window for going down")


def test_what_the_manifests_start_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(COMMANDS) >= 6
    assert said(container(BY_US)["args"]).startswith("no Kubernetes cluster can be used")
    assert said(container(BY_KEDA)["args"]).startswith("without a token only this machine may ask")
    monkeypatch.setenv(container(BY_KEDA)["env"][0]["name"], "0" * 64)
    assert said(container(BY_KEDA)["args"]).startswith("no Kubernetes cluster can be used")


def test_the_role_has_exactly_the_rights_that_are_used(fake: FakeKubernetes, tmp_path: Path) -> None:
    fake.rights = BY_US["Role"]["rules"]
    fake.lists["scaledobjects"] = []
    play(fake, tmp_path, 60.0, *times(20))
    assert fake.set_to == [9]
    assert set(fake.asked) == rights(fake.rights)
    fake.rights, fake.asked = BY_KEDA["Role"]["rules"], []
    play(fake, tmp_path, 60.0, nothing, dry_run=True)  # which asks what telling KEDA asks
    assert set(fake.asked) == rights(fake.rights)


@pytest.mark.parametrize("manifests", [BY_US, BY_KEDA])
def test_the_manifests_fit_together(manifests: dict[str, Any]) -> None:
    role, binding, account = manifests["Role"], manifests["RoleBinding"], manifests["ServiceAccount"]
    spec = manifests["Deployment"]["spec"]
    pod = spec["template"]["spec"]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert binding["subjects"][0]["name"] == pod["serviceAccountName"] == account["metadata"]["name"]
    assert {one["metadata"]["namespace"] for one in manifests.values()} == {"shop"}
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")
    named = {name for rule in role["rules"] for name in rule.get("resourceNames", ["web"])}
    assert f"deployment/{named.pop()}" in container(manifests)["args"]


def test_keda_asks_where_we_answer() -> None:
    scaled, service, secret = BY_KEDA["ScaledObject"]["spec"], BY_KEDA["Service"], BY_KEDA["TriggerAuthentication"]
    [trigger] = scaled["triggers"]
    port = service["spec"]["ports"][0]["port"]
    assert trigger["metadata"]["url"] == f"http://{service['metadata']['name']}.shop.svc:{port}/"
    assert f"0.0.0.0:{port}" in container(BY_KEDA)["args"]
    assert (trigger["metadata"]["valueLocation"], trigger["metadata"]["targetValue"]) == ("value", "1")
    assert trigger["authenticationRef"]["name"] == secret["metadata"]["name"]
    key = container(BY_KEDA)["env"][0]["valueFrom"]["secretKeyRef"]
    assert {**key, "parameter": "token"} == secret["spec"]["secretTargetRef"][0]
    workers = container(BY_KEDA)["args"][container(BY_KEDA)["args"].index("--workers") + 1]
    assert workers == f"{scaled['minReplicaCount']}..{scaled['maxReplicaCount']}"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("run pod/web", '"pod/web" is no deployment'),
        ("run web", "where is the load read?"),
        ("run web --capacity 5 --prometheus http://p --query queue=x", "goes by the rate of requests"),
        ("run web --capacity 5 --prometheus http://p", "--prometheus needs --query"),
        ("run web --read rate=x", "--read needs --figures"),
        ("run web --backend x", "--backend needs --haproxy"),
        ("run web --prometheus http://p --query rate=x", "can be neither known nor learned"),
        ("run web --policy hpa-70 --haproxy http://lb/;csv", "goes by the CPU"),
        ("run web --haproxy env:NOT_SET", "the variable NOT_SET is not set"),
        ("run web --haproxy lb:80", "the address of --haproxy is of no use"),
        ("run web --figures ftp://x/ --read rate=x", "the address of --figures is of no use"),
        ("run web --prometheus ftp://x/ --query rate=x", "the address of --prometheus is of no use"),
        (f"run web {FIGURES} --query rate=x --prometheus http://p", "two sources of rate"),
        (f"run web {FIGURES} --workers 9..2", "9 to 2 is no range"),
        (f"run web {FIGURES} --workers 0..2", "0 to 2 is no range"),
        (f"run web {FIGURES} --namespace ../x", '"../x" is no name of one'),
        (f"run web {FIGURES} --kubeconfig missing", "there is no such kubeconfig"),
        (f"run web {FIGURES} --connections 20 --pool 30", "no connections for a worker"),
        (f"metrics web {FIGURES} --bind 8090", "no address with a port"),
        (f"metrics web {FIGURES} --token-file missing", "cannot read the token"),
    ],
)
def test_what_is_wrong_is_told(words: str, why: str) -> None:
    assert why in said(["scale", "kubernetes", *words.split()])


def test_a_cluster_is_spoken_to_only_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kr8s.asyncio", None)
    assert "what speaks with Kubernetes is not installed" in said(
        ["scale", "kubernetes", *f"run web {FIGURES}".split()]
    )
    code = "import sys, plimsoll.cli.scale, plimsoll.workflows.scale_kubernetes; print([m for m in sys.argv[1:] if m in sys.modules])"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code, "kr8s", "httpx"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def decision(before: int, wanted: int, rule: str = "steady") -> Decision:
    return Decision(1.0, "hybrid", before, wanted, wanted, rule, {"trouble": "x"}, {})


def test_people_are_told_what_changes_and_once_what_is_held(capfd: pytest.CaptureFixture[str]) -> None:
    lines = Lines(as_json=False)
    for held in ("", "dry run", "dry run", ""):
        lines.decided(decision(2, 3), held, list)
    for rule in ("steady", "unknown", "unknown"):
        lines.decided(decision(3, 3, rule), "", list)
    told = [line.partition(" ")[2][:12] for line in capfd.readouterr().err.splitlines()]
    assert told == ["2 → 3 worker"] * 3 + ["3 workers st"]


def test_machines_are_told_each_decision_with_what_would_have_changed_it(capfd: pytest.CaptureFixture[str]) -> None:
    lines = Lines(as_json=True)
    lines.decided(decision(2, 3), "", lambda: [Change("rate", 60.0, 50.0, 2)])
    lines.decided(decision(3, 3), "", list)
    lines.noted("the password=secret of somebody")
    first, second, note = map(json.loads, capfd.readouterr().out.splitlines())
    assert first["would_change"] == [{"input": "rate", "was": 60.0, "value": 50.0, "wanted": 2}]
    assert (first["wanted"], second["would_change"], second["event"]) == (3, [], "decision")
    assert (note["event"], note["text"]) == ("note", "the password=**** of somebody")


def test_a_process_answers_keda_for_machines_in_json_and_ends_when_told(fake: FakeKubernetes, tmp_path: Path) -> None:
    config = fake.kubeconfig(tmp_path / "config")
    argv = [
        sys.executable,
        "-m",
        "plimsoll.cli.main",
        "scale",
        "kubernetes",
        "metrics",
        "web",
        "--json",
        *FIGURES.split(),
    ]
    process = subprocess.Popen(
        [*argv, "--kubeconfig", str(config), "--bind", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        notes = [json.loads(process.stdout.readline())["text"] for _ in range(2)]
        assert notes[0].startswith("watching deployment/web in shop: 2 of 2 ready")
        assert notes[1].startswith("answering at http://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)
    assert {verb for _, _, verb in fake.asked} == {"get"}
