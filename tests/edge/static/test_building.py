"""`plimsoll edge build`: what it makes, and what it leaves."""

import gzip
import json
import os
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import brotli
import pytest
import zstandard
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.edge.static.building import Built, build
from plimsoll.edge.static.opening import digest_of

TEXT = b"".join(b"line %d of a file that can be made smaller\n" % number for number in range(200))
ALL = ("br", "zstd", "gzip")


def built(folder: Path, codings: tuple[str, ...] = ALL) -> Built:
    return build(folder, codings, lambda _: None)


def variants(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in (folder / ".plimsoll-edge").iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "main.js").write_bytes(TEXT)
    return tmp_path


def test_each_coding_unpacks_to_the_source(folder: Path) -> None:
    found = built(folder)
    assert (found.files, found.packed, found.packed_bytes, found.made) == (1, 1, len(TEXT), 3)
    assert found.smallest_bytes == min(map(len, variants(folder).values()))
    each = {name.rpartition(".")[2]: body for name, body in variants(folder).items()}
    assert brotli.decompress(each["br"]) == zstandard.decompress(each["zst"]) == gzip.decompress(each["gz"]) == TEXT
    assert zstandard.get_frame_parameters(each["zst"]).window_size <= 8 * 2**20  # RFC 9659


def test_the_same_folder_gives_the_same_bytes(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "main.css").write_bytes(TEXT)
    built(folder)
    built(other)
    assert variants(other) == variants(folder)


def test_what_gains_nothing_is_tried_once(folder: Path) -> None:
    noise = zlib.compress(os.urandom(5_000))
    (folder / "noise.bin").write_bytes(noise)
    (folder / "photo.png").write_bytes(TEXT)  # of a kind that is not tried
    (folder / "short.js").write_bytes(b"a" * 1_024)
    first, again = built(folder), built(folder)
    assert (first.files, first.packed, first.made) == (4, 1, 6)
    assert (again.made, again.kept, again.removed) == (0, 6, 0)
    assert [body for name, body in variants(folder).items() if name.startswith(digest_of(noise))] == [b""] * 3


def test_variants_of_what_is_gone_go_and_strangers_stay(folder: Path) -> None:
    built(folder)
    home = folder / ".plimsoll-edge"
    left = home / f".half-{'0' * 32}.br"
    left.write_bytes(b"half")
    (home / "notes.txt").write_text("mine")
    (folder / "assets" / "main.js").write_bytes(TEXT * 2)
    found = built(folder, ("gzip",))
    assert (found.made, found.removed) == (1, 3)
    assert set(variants(folder)) == {"notes.txt", f"{digest_of(TEXT * 2)}.gz"}


def test_hidden_files_and_links_are_nobodys(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.js").write_bytes(TEXT * 3)
    (folder / "link").symlink_to(outside)
    (folder / "link.js").symlink_to(outside / "secret.js")
    (folder / ".env").write_bytes(TEXT * 3)
    assert built(folder).files == 1


def test_what_nobody_can_ask_for_is_said_with_its_reason(folder: Path) -> None:
    for name in (b"new\nline.txt", b"bad\xff.txt", b"back\\slash.txt", b"blank ", b".hidden"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(TEXT)
    (folder / "link").symlink_to(folder / "assets")
    listed = {"a.js": {"file": "main.a1b2c3d4.js"}, "b.js": {"file": "b/../../secret"}}
    (folder / "manifest.json").write_text(json.dumps(listed))
    assert dict(built(folder).left_out) == {
        "b/../../secret": 'the manifest lists it, and nothing is delivered by that name (base="/…/"?)',
        "back\\slash.txt": "its name has a backslash or a colon",
        "bad\udcff.txt": "its name is not UTF-8",
        "blank ": "its name ends with a dot or a blank",
        "link": "it is a link, or no file",
        "main.a1b2c3d4.js": 'the manifest lists it, and nothing is delivered by that name (base="/…/"?)',
        "new\nline.txt": "its name has a character that is not printable",
    }
    (folder / "manifest.json").write_text("{")
    said = CliRunner().invoke(app, ["edge", "build", str(folder)], catch_exceptions=False)
    assert "left out: bad\N{REPLACEMENT CHARACTER}.txt: its name is not UTF-8\n" in said.stderr
    assert "left out: manifest.json: it is no JSON: Expecting property name" in said.stderr
    as_json = CliRunner().invoke(app, ["edge", "build", str(folder), "--json"], catch_exceptions=False)
    assert json.loads(as_json.stdout)["left_out"]["bad\udcff.txt"] == "its name is not UTF-8"


def test_a_variant_is_no_more_readable_than_its_source(folder: Path) -> None:
    (folder / "assets" / "main.js").chmod(0o600)
    built(folder)
    assert {one.stat().st_mode & 0o777 for one in (folder / ".plimsoll-edge").iterdir()} == {0o600}


def test_only_one_builds_at_a_time(folder: Path) -> None:
    def meanwhile(_: str) -> None:
        with pytest.raises(RefusedError, match="another build is at it"):
            built(folder)

    build(folder, ("gzip",), meanwhile)
    assert built(folder).kept == 1


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for wrong in ("nothing", "file"):
        with pytest.raises(UsageError, match="cannot read the folder"):
            built(tmp_path / wrong)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / ".plimsoll-edge").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="it is a link"):
        built(tmp_path / "folder")
    with pytest.raises(UsageError, match='"deflate" is none of br, zstd, gzip'):
        CliRunner().invoke(app, ["edge", "build", str(tmp_path), "--coding", "deflate"], catch_exceptions=False)


def test_the_command_tells_what_it_did(folder: Path) -> None:
    said = CliRunner().invoke(app, ["edge", "build", str(folder)], catch_exceptions=False)
    assert said.exit_code == 0
    assert "1 files, 1 smaller when compressed: 8.49 KiB become " in said.stdout
    assert "3 made, 0 kept, 0 of changed or removed files dropped\n      1 no-cache\n" in said.stdout
    again = CliRunner().invoke(app, ["edge", "build", str(folder), "--json"], catch_exceptions=False)
    assert json.loads(again.stdout)["kept"] == 3


def test_a_build_that_is_killed_leaves_nothing_half_written(folder: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from plimsoll.edge.static import building, compressing

def dying(self):
    os.kill(os.getpid(), signal.SIGKILL)

compressing._Gzip.end = dying
building.build(Path(sys.argv[1]), ("gzip",), print)
"""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    died = subprocess.run([sys.executable, "-c", program, str(folder)], check=False, timeout=60, env=environ)
    assert died.returncode == -signal.SIGKILL
    assert [name.startswith(".half-") for name in variants(folder)] == [True]
    assert built(folder, ("gzip",)).made == 1
    assert list(variants(folder)) == [f"{digest_of(TEXT)}.gz"]
