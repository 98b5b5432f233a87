"""What is tracked here can be published and installed anywhere: no addresses, no pins left open, nothing big."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
FILE_BYTES_MAX = 300_000

PIN = re.compile(r'[a-z0-9-]+==[0-9][0-9a-z.]*(; [a-z_]+ (==|!=) "\w+")?')
REGISTRY = re.compile(
    r"--(extra-)?index-url|--find-links|\b(pypi|pythonhosted|npmjs|debian)\.(org|com|net|io)\b", re.IGNORECASE
)
# A home or a work folder of somebody's machine; made-up paths in tests belong under tmp_path.
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(work|root|home/\w+|Users/\w+)/")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, text=True, capture_output=True, check=True)
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()}"
        for path in tracked()
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def pins(name: str) -> list[str]:
    lines = (REPOSITORY / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def package(requirement: str) -> str:
    return re.split(r"[ =<>!~;\[]", requirement, maxsplit=1)[0]


def names(requirements: list[str]) -> set[str]:
    return {package(line) for line in requirements}


def test_no_file_names_a_package_registry() -> None:
    assert lines_matching(REGISTRY) == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert lines_matching(MACHINE_PATH) == []


def test_every_file_is_small() -> None:
    assert [str(path) for path in tracked() if path.stat().st_size > FILE_BYTES_MAX] == []


@pytest.mark.parametrize("name", ["runtime.txt", "build.txt", "dev.txt"])
def test_every_requirement_is_one_version_of_one_package(name: str) -> None:
    assert [line for line in pins(name) if not PIN.fullmatch(line)] == []
    assert pins(name) == sorted(set(pins(name)), key=package)


def test_a_package_that_is_pinned_twice_is_pinned_alike() -> None:
    everything = {line for name in ("runtime.txt", "build.txt", "dev.txt") for line in pins(name)}
    assert len(names(list(everything))) == len(everything)


def test_every_dependency_of_the_project_is_pinned() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert names(project["project"]["dependencies"]) <= names(pins("runtime.txt"))
    for extra in ("balancer", "fluentscribe", "kubernetes"):
        assert names(project["project"]["optional-dependencies"][extra]) <= names(pins("runtime.txt"))
    assert names(project["project"]["optional-dependencies"]["dev"]) <= names(pins("dev.txt"))
    assert names(project["build-system"]["requires"]) <= names(pins("build.txt"))


def test_every_make_command_of_the_readme_exists() -> None:
    makefile, readme = ((REPOSITORY / name).read_text(encoding="utf-8") for name in ("Makefile", "README.md"))
    used = set(re.findall(r"(?:^|`)make ([a-z]+)", readme, re.MULTILINE))
    assert used
    assert used <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_every_relative_link_in_the_documents_leads_somewhere() -> None:
    documents = [path for path in tracked() if path.suffix == ".md"]
    links = [
        (path, target)
        for path in documents
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    ]
    assert links
    assert [f"{path.name}: {target}" for path, target in links if not (path.parent / target).exists()] == []


def test_ci_can_be_started() -> None:
    assert (REPOSITORY / ".ci" / "run").stat().st_mode & 0o111
