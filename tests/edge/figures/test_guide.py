"""docs/guides/edge-watching.md names what is told, and nothing else."""

import re
from inspect import signature
from pathlib import Path

from plimsoll.cli.watch import watch
from plimsoll.core.edge_report import CLASSES, COUNTRIES_MAX, OUTCOMES, EdgeReport
from plimsoll.edge.figures.openmetrics import exposition
from plimsoll.edge.serving.control import METRICS
from plimsoll.server.api.cdn_models import NewPurge
from plimsoll.server.api.routes.cdn import CDN_PREFIX, router
from plimsoll.settings.alert_rules import default_rules

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "edge-watching.md").read_text("utf-8")


def test_every_metric_class_and_outcome_is_named() -> None:
    text = exposition(EdgeReport(behind=True))
    families = dict(re.findall(r"# TYPE plimsoll_edge_(\w+) (\w+)", text))
    names = {f"{name}_total" if kind == "counter" else name for name, kind in families.items()}
    rows = GUIDE.partition("| metric |")[2].partition("\n\n")[0].splitlines()[2:]
    told = {name for row in rows for name in re.findall(r"`(?:plimsoll_edge)?_(\w+)", row.split("|")[1])}
    assert told == names
    assert all(f"`{one}`" in GUIDE for one in (*OUTCOMES, *CLASSES))
    assert f"there are {COUNTRIES_MAX} at most" in GUIDE
    assert GUIDE.count(METRICS.decode()) >= 3


def test_its_rules_are_the_built_in_ones() -> None:
    rows = GUIDE.partition("| rule |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(edge_\w+)`", rows)) == {name for name in default_rules() if name.startswith("edge_")}


def test_its_commands_are_read() -> None:
    commands = [line for line in GUIDE.splitlines() if line.startswith("plimsoll watch ")]
    options = {word.removeprefix("--") for command in commands for word in command.split() if word.startswith("--")}
    assert options
    assert options <= set(signature(watch).parameters)


def test_its_purge_is_one_that_the_api_takes() -> None:
    (body,) = re.findall(r"-d '(.*)'", GUIDE)
    assert NewPurge.model_validate_json(body).tags == ["order:42", "org:*"]
    paths = set(re.findall(r"`(?:GET|POST) (/api/v1/cdn/[\w/]+)`", GUIDE))
    assert paths == {f"{CDN_PREFIX}{route.path}" for route in router.routes}  # type: ignore[attr-defined]  # APIRoutes
