"""`Static` behind a real server: what is delivered, how it may be kept, and what is never seen."""

import asyncio
import gzip
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.edge.http.dates import parse_date
from plimsoll.edge.static.app import Static
from plimsoll.edge.static.building import build
from plimsoll.edge.static.keeping import OPEN_FILES_MAX
from plimsoll.edge.static.prepared import SMALL_BYTES_MAX
from tests.edge.static.serving import PATIENCE_S, Said, served

SCRIPT = b"".join(b"console.log(%d) // a line that can be made smaller\n" % number for number in range(100))
LARGE = os.urandom(1 << 16) * 40  # ten pieces
LONG_AGO_S = 1_700_000_000  # Tue, 14 Nov 2023 22:13:20 GMT
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
FILES = {
    "index.html": b"<h1>home</h1>",
    "docs/index.html": b"<h1>docs</h1>",
    "assets/main.a1b2c3d4.js": SCRIPT,
    "memory.tmx": b"<tmx/>",
    "logo.png": b"png",
    "large.zip": LARGE,
    "\N{SNOWMAN} 1.txt": b"snow",
    ".env": b"SECRET=1",
    ".git/config": b"[core]",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    for name, body in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        os.utime(file, (LONG_AGO_S, LONG_AGO_S))
    return root


def asked(app: Any, *targets: str, methods: Sequence[str] = ("GET",), **fields: str) -> list[Said]:
    """Each by a connection of its own, one after another."""

    async def go() -> list[Said]:
        async with served(app) as client:
            return [await client.ask(target, method, **fields) for target in targets for method in methods]

    return asyncio.run(go())


def test_files_say_their_type_and_for_how_long_they_may_be_kept(folder: Path) -> None:
    names = ["/", "/docs/", "/assets/main.a1b2c3d4.js", "/memory.tmx", "/logo.png", "/%E2%98%83%201.txt?v=1"]
    said = asked(Static(folder), *names)
    assert [(one.status, one.fields["content-type"], one.fields["cache-control"]) for one in said] == [
        (200, "text/html; charset=utf-8", "no-cache"),
        (200, "text/html; charset=utf-8", "no-cache"),
        (200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        (200, "application/x-tmx+xml", "private, max-age=3600"),
        (200, "image/png", "public, max-age=86400"),
        (200, "text/plain; charset=utf-8", "no-cache"),
    ]
    assert [one.body for one in said][::5] == [b"<h1>home</h1>", b"snow"]
    assert {one.fields["x-content-type-options"] for one in said} == {"nosniff"}
    assert {one.fields["last-modified"] for one in said} == {DATE}
    assert [one.fields.get("content-security-policy") for one in said][2:4] == [None, "sandbox"]


def test_a_variant_is_told_where_it_is_accepted_and_has_a_validator_of_its_own(folder: Path) -> None:
    build(folder, ("br", "zstd", "gzip"), lambda _: None)

    async def story() -> None:
        async with served(Static(folder)) as client:
            name = "/assets/main.a1b2c3d4.js"
            plain = await client.ask(name)
            packed = await client.ask(name, accept_encoding="gzip")
            best = await client.ask(name, accept_encoding="gzip, deflate, br, zstd")
            assert plain.body == gzip.decompress(packed.body) == SCRIPT
            assert [one.fields.get("content-encoding") for one in (plain, packed, best)] == [None, "gzip", "br"]
            assert {one.fields["vary"] for one in (plain, packed, best)} == {"accept-encoding"}
            assert len({one.fields["etag"] for one in (plain, packed, best)}) == 3
            other = await client.ask(name, accept_encoding="br", if_none_match=packed.fields["etag"])
            same = await client.ask(name, accept_encoding="gzip", if_none_match=packed.fields["etag"])
            assert (other.status, same.status, same.body) == (200, 304, b"")
            assert (same.fields["vary"], same.fields["etag"]) == ("accept-encoding", packed.fields["etag"])
            part = await client.ask(name, accept_encoding="gzip", range="bytes=0-9")
            assert (part.status, part.body, part.fields["content-encoding"]) == (206, packed.body[:10], "gzip")
            assert "vary" not in (await client.ask("/logo.png")).fields

    asyncio.run(story())


def test_a_variant_of_an_older_content_is_never_told(folder: Path) -> None:
    build(folder, ("gzip",), lambda _: None)
    (folder / "assets" / "main.a1b2c3d4.js").write_bytes(SCRIPT.upper())
    (said,) = asked(Static(folder), "/assets/main.a1b2c3d4.js", accept_encoding="gzip")
    assert (said.fields.get("content-encoding"), said.body) == (None, SCRIPT.upper())


CONDITIONS: list[tuple[dict[str, str], int]] = [
    ({"if_none_match": "*"}, 304),
    ({"if_none_match": 'W/"x", {weak}'}, 304),
    ({"if_none_match": '"x"', "if_modified_since": DATE}, 200),  # 13.2.2: the date is not looked at
    ({"if_modified_since": DATE}, 304),
    ({"if_modified_since": "Tuesday, 14-Nov-23 22:13:20 GMT"}, 304),
    ({"if_modified_since": "Mon, 13 Nov 2023 22:13:20 GMT"}, 200),
    ({"if_modified_since": "yesterday"}, 200),
    ({"if_match": "{etag}"}, 200),
    ({"if_match": '"x", {etag}'}, 200),
    ({"if_match": "{weak}"}, 412),  # 13.1.1: compared strongly
    ({"if_match": "*"}, 200),
    ({"if_match": '"x"', "if_none_match": "{etag}"}, 412),
    ({"if_unmodified_since": DATE}, 200),
    ({"if_unmodified_since": "Mon, 13 Nov 2023 22:13:20 GMT"}, 412),
    ({"range": "bytes=2-3", "if_none_match": "{etag}"}, 304),
    ({"range": "bytes=2-3"}, 206),
    ({"range": "bytes=2-3", "if_range": "{etag}"}, 206),
    ({"range": "bytes=2-3", "if_range": "{weak}"}, 200),  # 13.1.5
    ({"range": "bytes=2-3", "if_range": '"x"'}, 200),
    ({"range": "bytes=2-3", "if_range": DATE}, 206),
    ({"range": "bytes=2-3", "if_range": "Wed, 15 Nov 2023 22:13:20 GMT"}, 200),
    ({"range": "bytes=13-"}, 416),
    ({"range": "bytes=-0"}, 416),
    ({"range": "bytes=0-1,3-4"}, 200),
    ({"range": "lines=1-2"}, 200),
]


def test_conditions_are_judged_as_rfc_9110_says(folder: Path) -> None:
    whole = {200: b"<h1>home</h1>", 206: b"1>", 304: b""}
    told = {206: "bytes 2-3/13", 416: "bytes */13"}

    async def story() -> None:
        async with served(Static(folder)) as client:
            etag = (await client.ask("/")).fields["etag"]
            assert etag.startswith('"')
            for fields, status in CONDITIONS:
                filled = {key: value.format(etag=etag, weak=f"W/{etag}") for key, value in fields.items()}
                got, head = await client.ask("/", **filled), await client.ask("/", "HEAD", **filled)
                assert (got.status, head.status, head.body) == (status, status, b""), fields
                assert got.body == whole.get(status, got.body), fields
                assert got.fields.get("content-range") == told.get(status), fields

    asyncio.run(story())


def test_many_ranges_give_the_whole_file_once(folder: Path) -> None:
    ranges = ",".join("0-" for _ in range(10_000))
    (said,) = asked(Static(folder), "/logo.png", range=f"bytes={ranges}")
    assert (said.status, said.body) == (200, b"png")


def test_a_large_file_comes_in_pieces_and_parts(folder: Path) -> None:
    assert len(LARGE) > SMALL_BYTES_MAX
    static = Static(folder)
    whole, head = asked(static, "/large.zip", methods=("GET", "HEAD"))
    assert (whole.body == LARGE, whole.fields["content-length"]) == (True, str(len(LARGE)))
    assert (head.body, head.fields["content-length"]) == (b"", str(len(LARGE)))
    (part,) = asked(static, "/large.zip", range="bytes=300000-899999", if_range=whole.fields["etag"])
    assert (part.status, part.body == LARGE[300_000:900_000]) == (206, True)


def test_a_large_file_that_changes_on_the_way_is_cut_off_and_not_mixed(folder: Path) -> None:
    async def story() -> None:
        async with served(Static(folder)) as client, asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=1 << 12)
            (folder / "large.zip").write_bytes(LARGE * 8)  # more than sockets hold, so that the server has to wait
            writer.write(b"GET /large.zip HTTP/1.1\r\nhost: h\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert f"content-length: {len(LARGE) * 8}".encode() in head
            (folder / "large.zip").write_bytes(b"other" * len(LARGE))
            body = await reader.read()
            assert len(body) < len(LARGE) * 8
            assert (LARGE * 8).startswith(body)
            writer.close()

    asyncio.run(story())


def test_who_reads_slowly_holds_no_file_and_keeps_nobody_waiting(folder: Path) -> None:
    async def story() -> None:
        (folder / "huge.bin").write_bytes(LARGE * 8)  # more than sockets hold
        async with served(Static(folder)) as client, asyncio.timeout(PATIENCE_S):
            slow = [await asyncio.open_connection("127.0.0.1", client.port, limit=1) for _ in range(3 * OPEN_FILES_MAX)]
            for reader, writer in slow:
                writer.write(b"GET /huge.bin HTTP/1.1\r\nhost: h\r\n\r\n")
                await reader.read(1)
            assert (await client.ask("/huge.bin", range="bytes=-3")).body == LARGE[-3:]
            for _, writer in slow:
                writer.transport.abort()

    asyncio.run(story())


UNSEEN = [
    "/.env", "/.git/config", "/%2egit/config", "/docs/../.env", "/docs/%2e%2e/.env", "/..%2fsecret.txt",
    "/docs/..%2f..%2fsecret.txt", "/..%5csecret.txt", "//secret.txt", "/../site-secret/secret.txt",
    "/..%2fsite-secret/secret.txt", "/%2e%2e%2fsite-secret%2fsecret.txt", "/index.html%00", "/index.html%00.png",
    "/index.html/", "/out/secret.txt", "/out.txt", "/inner.html", "/pipe", "/docs/.", "/INDEX.HTML",
    "/.plimsoll-edge/", "/%c0%ae%c0%ae/secret.txt", "/%252e%252e/secret.txt", "/docs/" + "a/" * 900,
]  # fmt: skip


def test_nothing_outside_nothing_hidden_and_no_link_is_seen(folder: Path) -> None:
    for name in ("secret.txt", "site-secret/secret.txt"):
        (folder.parent / name).parent.mkdir(exist_ok=True)
        (folder.parent / name).write_text("secret")
    (folder / "out").symlink_to(folder.parent / "site-secret")
    (folder / "out.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "inner.html").symlink_to(folder / "index.html")
    os.mkfifo(folder / "pipe")
    build(folder, ("gzip",), lambda _: None)
    said = zip(UNSEEN, asked(Static(folder), *UNSEEN), strict=True)
    seen = {target: one for target, one in said if (one.status, one.body) != (404, b"not found\n")}
    assert seen == {}


def test_a_file_that_becomes_a_link_is_seen_no_more(folder: Path) -> None:
    async def story() -> None:
        static = Static(folder)
        async with served(static) as client:
            assert (await client.ask("/logo.png")).body == b"png"
            (folder.parent / "secret.txt").write_text("secret")
            (folder / "logo.png").unlink()
            (folder / "logo.png").symlink_to(folder.parent / "secret.txt")
            age(static)
            assert (await client.ask("/logo.png")).status == 404

    asyncio.run(story())


def age(static: Static) -> None:
    """As if the second had passed for which a file is taken as it was."""
    for held in static._held.values():
        held.good_until_s = 0.0


def test_a_changed_file_is_told_after_its_second_even_if_its_times_and_size_are_the_same(folder: Path) -> None:
    async def story() -> None:
        static = Static(folder)
        async with served(static) as client:
            first = await client.ask("/logo.png")
            assert (await client.ask("/logo.png")).fields["etag"] == first.fields["etag"]
            (folder / "logo.png").write_bytes(b"PNG")
            os.utime(folder / "logo.png", (LONG_AGO_S, LONG_AGO_S))
            age(static)
            second = await client.ask("/logo.png")
            assert (second.body, second.fields["last-modified"]) == (b"PNG", DATE)
            assert second.fields["etag"] != first.fields["etag"]
            (folder / "logo.png").unlink()
            age(static)
            assert (await client.ask("/logo.png")).status == 404

    asyncio.run(story())


def test_a_date_that_says_nothing_is_not_told(folder: Path) -> None:
    os.utime(folder / "logo.png", (1, 1))  # a reproducible build's
    (said,) = asked(Static(folder), "/logo.png", if_modified_since=DATE)
    assert (said.status, "last-modified" in said.fields) == (200, False)


def test_a_folder_is_asked_for_with_its_slash_and_never_listed(folder: Path) -> None:
    moved, missing, listed = asked(Static(folder), "/docs?a=%2f", "/docsx", "/assets/")
    assert (moved.status, moved.fields["location"]) == (307, "/docs/?a=%2f")
    assert [missing.status, listed.status] == [404, 404]


def test_the_date_is_said_for_a_server_that_does_not(folder: Path) -> None:
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        said.append(message)

    for target in ("/logo.png", "/large.zip", "/none"):
        scope: dict[str, Any] = {"type": "http", "method": "HEAD", "path": target, "headers": []}
        asyncio.run(Static(folder, date=True)(scope, receive, send))
    dates = [value for message in said[::2] for name, value in message["headers"] if name == b"date"]
    assert len(dates) == 3
    assert all(parse_date(date, 0) for date in dates)


def test_only_get_and_head_are_known(folder: Path) -> None:
    said = asked(Static(folder), "/logo.png", methods=("POST", "PUT", "DELETE", "OPTIONS", "PURGE"))
    assert {(one.status, one.fields["allow"]) for one in said} == {(405, "GET, HEAD")}


def test_memory_is_bounded_by_bytes(folder: Path) -> None:
    names = [f"f{number}.txt" for number in range(50)]
    for name in names:
        (folder / name).write_bytes(name.encode() * 1_000)
    static = Static(folder, memory_bytes=50_000)
    said = asked(static, *(f"/{name}" for name in names))
    assert [one.body for one in said] == [name.encode() * 1_000 for name in names]
    assert 0 < sum(held.weight for held in static._held.values()) <= 50_000
    (large,) = asked(Static(folder, memory_bytes=0), "/f1.txt")
    assert large.body == b"f1.txt" * 1_000


def test_one_reading_serves_all_who_wait_for_it(folder: Path) -> None:
    async def story() -> None:
        static = Static(folder)
        async with served(static) as client:
            said = await asyncio.gather(*(client.ask("/assets/main.a1b2c3d4.js") for _ in range(50)))
            assert {one.body for one in said} == {SCRIPT}
            assert len(static._held) == 1

    asyncio.run(story())


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    body = f"{scope['method']} {scope['path']}".encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


def test_before_an_application_everything_else_is_its_own(folder: Path) -> None:
    static = Static(folder, application, prefix="/site/")
    said = asked(
        static, "/site/logo.png", "/site/none.png", "/sitex/logo.png", "/logo.png", "/site/../logo.png", "/site"
    )
    assert [one.body.decode() for one in said] == [
        "png", "GET /site/none.png", "GET /sitex/logo.png", "GET /logo.png", "GET /site/../logo.png", "GET /site",
    ]  # fmt: skip
    (posted,) = asked(static, "/site/logo.png", methods=("POST",))
    assert posted.body == b"POST /site/logo.png"


def test_mounted_it_sees_the_rest_of_the_path(folder: Path) -> None:
    from starlette.applications import Starlette
    from starlette.routing import Mount

    app = Starlette(routes=[Mount("/site", Static(folder))])
    file, moved = asked(app, "/site/logo.png", "/site/docs")
    assert (file.body, moved.fields["location"]) == (b"png", "/site/docs/")


def test_a_manifest_that_is_deployed_later_counts(folder: Path) -> None:
    (folder / "assets" / "i-BRBmoGS9.js").write_bytes(b"1")
    assert asked(Static(folder), "/assets/i-BRBmoGS9.js")[0].fields["cache-control"] == "no-cache"
    (folder / ".vite").mkdir()
    manifest = folder / ".vite" / "manifest.json"
    static = Static(folder)
    manifest.write_text('{"i.html": {"file": "assets/i-BRBmoGS9.js", "src": "i.html"}}')
    assert "immutable" in asked(static, "/assets/i-BRBmoGS9.js")[0].fields["cache-control"]
    assert "immutable" in asked(Static(folder, manifest=manifest), "/assets/i-BRBmoGS9.js")[0].fields["cache-control"]


def test_what_is_told_wrongly_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the folder"):
        Static(tmp_path / "none")
    with pytest.raises(UsageError, match="cannot read the build's manifest"):
        Static(tmp_path, manifest=tmp_path / "none.json")
    with pytest.raises(UsageError, match="wrong prefix"):
        Static(tmp_path, prefix="assets")
    with pytest.raises(UsageError, match="wrong memory_bytes"):
        Static(tmp_path, memory_bytes=-1)
