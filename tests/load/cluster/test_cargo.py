"""What is sent to the machines of a cluster: the scenario, its own modules, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.load.cluster import cargo as cargo_module
from plimsoll.load.cluster.cargo import (
    Cargo,
    at_home,
    chunks,
    find_beside,
    own_modules,
    pack,
    read_files,
    unpack,
    write_files,
)
from plimsoll.load.cluster.sealed import Sealed
from plimsoll.load.http.origin import parse_origin
from plimsoll.load.http.site import SitePlan
from plimsoll.load.language.scenario import load_scenario
from plimsoll.settings.web import WebSettings
from tests.load.cluster.plans import plan_of

SCENARIO = """
from plimsoll import journey
from shipped_helper import STATEMENT

@journey
async def look(user):
    await user.sql("select", STATEMENT)
"""


def test_the_scenario_goes_with_the_modules_it_imports_from_beside_it(tmp_path: Path) -> None:
    scenario = tmp_path / "first.py"
    scenario.write_text(SCENARIO)
    (tmp_path / "shipped_helper.py").write_text('STATEMENT = "SELECT 1"')
    (tmp_path / "unrelated.py").write_text("secret = 1")
    load_scenario(scenario)

    assert read_files(scenario, {}) == {"first.py": SCENARIO.encode(), "shipped_helper.py": b'STATEMENT = "SELECT 1"'}


def test_packages_keep_their_folders_and_what_is_installed_or_elsewhere_stays() -> None:
    root = Path("/project")
    loaded = [root / "lib/__init__.py", root / "lib/deep/values.py", root / ".venv/lib/site-packages/numpy/core.py"]
    loaded += [root / "fast.so", Path("/usr/lib/python3/json/__init__.py")]
    assert list(own_modules(root / "first.py", loaded)) == ["first.py", "lib/__init__.py", "lib/deep/values.py"]


def test_files_and_folders_beside_the_scenario_go_too_if_they_are_named(tmp_path: Path) -> None:
    scenario = tmp_path / "first.py"
    (tmp_path / "samples" / ".git").mkdir(parents=True)
    for name in ("rows.txt", "samples/a.xlf", "samples/.hidden", "samples/.git/config", "unnamed.txt"):
        (tmp_path / name).write_text(name)
    found = find_beside(scenario, [tmp_path / "rows.txt", tmp_path / "samples"])
    assert list(found) == ["rows.txt", "samples/a.xlf"]


@pytest.mark.parametrize(("name", "why"), [("missing.txt", "no such file"), ("../outside.txt", "not below")])
def test_what_cannot_be_sent_is_a_mistake(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "outside.txt").touch()
    with pytest.raises(UsageError, match=why):
        find_beside(tmp_path / "project" / "first.py", [tmp_path / "project" / name])


def test_on_its_machine_the_plan_has_the_paths_of_that_machine(tmp_path: Path) -> None:
    site = SitePlan(parse_origin("http://127.0.0.1:1"), WebSettings(), False, Path("/far"))
    plan = at_home(
        replace(plan_of(Path("/far/first.py")), site=site), tmp_path / "s" / "first.py", tmp_path / "samples"
    )
    assert (plan.scenario, plan.samples_directory) == (tmp_path / "s" / "first.py", tmp_path / "samples")
    assert plan.site is not None
    assert plan.site.directory == tmp_path / "s"


def test_it_arrives_as_it_was_sent(tmp_path: Path) -> None:
    scenario = tmp_path / "first.py"
    sent = Cargo(plan_of(scenario), b"values", "first.py", {"first.py": b"1", "lib/more.py": b"2"})
    body, digest = pack(sent)

    came = unpack(b"".join(chunks(body)), digest)

    assert came == sent
    assert write_files(came, tmp_path) == scenario
    assert (tmp_path / "lib" / "more.py").read_bytes() == b"2"


def test_what_lost_a_byte_on_the_way_is_refused_before_it_is_read(tmp_path: Path) -> None:
    body, digest = pack(Cargo(plan_of(tmp_path), b"", "first.py", {}))
    with pytest.raises(RefusedError, match="did not arrive whole"):
        unpack(body[:-1], digest)


@pytest.mark.parametrize("name", ["/etc/passwd", "../beside.py", "a/../../b.py"])
def test_no_file_is_written_outside_of_its_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedError, match="not beside it"):
        write_files(Cargo(plan_of(tmp_path), b"", "first.py", {name: b""}), tmp_path / "inside")


def test_a_scenario_with_more_of_its_own_than_fits_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = tmp_path / "first.py"
    scenario.write_text("x = 1" * 100)
    monkeypatch.setattr(cargo_module, "FILES_BYTES_MAX", 100)
    with pytest.raises(Exception, match=r"too large to be sent.*500 B of at most 100 B"):
        read_files(scenario, {})


def test_nothing_of_a_sealed_message_can_be_read_in_a_log() -> None:
    assert repr([Sealed(b"password=hunter2")]) == "[<16 bytes>]"
