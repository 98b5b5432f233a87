"""For how long a file may be kept: by its name, and by what a build's manifest tells."""

import json

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.edge.static.manifest import names_told
from plimsoll.edge.static.mime import may_run_scripts, type_of
from plimsoll.edge.static.policy import Policy

YEAR, DAY = "public, max-age=31536000, immutable", "public, max-age=86400"
HOUR, ASKED = "private, max-age=3600", "no-cache"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("assets/main.a1b2c3d4.js", YEAR),
        ("css/base.27e20196a850.css", YEAR),
        ("js/app.0123456789abcdef0123.js.map", YEAR),
        ("fonts/inter-9f86d081884c7d65.woff2", YEAR),
        ("photo.png", DAY),
        ("logo.a1b2c3d4.svg", YEAR),
        ("photo-20240131.jpg", DAY),  # a date
        ("hero-facadeed.png", DAY),  # a word
        ("a1b2c3d4/main.js", ASKED),  # a folder may be refilled
        ("a1b2c3d4.js", ASKED),  # nothing before it: a name like any other
        ("hello-worldwide.js", ASKED),
        ("jquery-3.7.1.min.js", ASKED),
        ("sw.js", ASKED),
        ("index.html", ASKED),
        ("old.a1b2c3d4.HTML", ASKED),
        ("memory.tmx", HOUR),
        ("job.XLIFF", HOUR),
        ("report.a1b2c3d4.pdf", HOUR),  # somebody's, whatever it is called
        ("LICENSE", ASKED),
    ],
)
def test_a_name_says_for_how_long(name: str, told: str) -> None:
    assert Policy().cache_control(name) == told


def test_patterns_and_documents_can_be_told() -> None:
    policy = Policy(immutable=("vendor/*",), public_documents=True)
    assert policy.cache_control("vendor/lib.js") == YEAR
    assert policy.cache_control("vendor/index.html") == ASKED
    assert policy.cache_control("terms.pdf") == "public, max-age=3600"


VITE = {
    "index.html": {"file": "assets/index-BRBmoGS9.js", "src": "index.html", "css": ["assets/i-5UjPuW-k.css"]},
    "_shared-B7PI925R.js": {"file": "assets/shared-B7PI925R.js", "name": "shared"},
    "src/hello-worldWide1.ts": {"file": "assets/hello-worldWide1.js", "src": "src/hello-worldWide1.ts"},
    "src/logo.svg": {"file": "assets/logo-DwX4-2sb.svg", "src": "src/logo.svg"},
    "src/plain.ts": {"file": "assets/plain-component.js", "imports": ["_shared-B7PI925R.js"]},
}  # fmt: skip


def names(told: object, base: str = "") -> set[str]:
    return set(names_told(json.dumps(told), where="manifest.json", base=base).hashed)


def test_vites_manifest_tells_what_is_hashed() -> None:
    hashed = {"index-BRBmoGS9.js", "i-5UjPuW-k.css", "shared-B7PI925R.js", "logo-DwX4-2sb.svg"}
    assert names(VITE) == {f"assets/{name}" for name in hashed}


def test_so_do_those_of_webpack_and_django() -> None:
    assert names({"main.js": "/static/js/main.X7f3Kq9z.js", "logo.png": "/static/logo.png"}) == {
        "static/js/main.X7f3Kq9z.js"
    }
    react = {"files": {"main.css": "/static/css/main.073c9b0a.css", "index.html": "/index.html"}, "entrypoints": ["x"]}
    assert names(react) == {"static/css/main.073c9b0a.css"}
    assert names({"paths": {"a/b.css": "a/b.27e20196a850.css"}, "version": "1.1"}) == {"a/b.27e20196a850.css"}
    assert names({"a.js": "https://cdn.test/x/a.X7f3Kq9z.js"}, base="https://cdn.test/x/") == {"a.X7f3Kq9z.js"}
    assert names({"a.js": "https://cdn.test/x/a.X7f3Kq9z.js"}) == set()


def test_what_leads_out_of_the_folder_is_told_and_what_a_web_applications_manifest_says_is_not() -> None:
    web = {"start_url": "./", "scope": "/app/", "description": "Notes: for all.", "icons": [{"src": "../a.png"}]}
    assert names_told(json.dumps(web), where="manifest.json").vain == set()
    listed = {"a.js": {"file": "a/../../b.js"}, "c.js": r"c\d.js"}
    assert names_told(json.dumps(listed), where="manifest.json").vain == {"a/../../b.js", r"c\d.js"}


def test_a_manifest_cannot_make_a_page_or_a_document_public() -> None:
    policy = Policy(hashed=frozenset({"report-X7f3Kq9z.pdf", "a-X7f3Kq9z.html"}))
    assert [policy.cache_control(name) for name in sorted(policy.hashed)] == [ASKED, HOUR]


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "7"])
def test_what_is_no_manifest_is_said(text: str) -> None:
    with pytest.raises(UsageError, match=r"cannot read the build's manifest \(m\.json\)"):
        names_told(text, where="m.json")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.wasm", "application/wasm"),
        ("a.webmanifest", "application/manifest+json"),
        ("a.xlf", "application/xliff+xml"),
        ("a.XLIFF", "application/xliff+xml"),
        ("a.tmx", "application/x-tmx+xml"),
        ("a.tar.gz", "application/gzip"),
        ("a.exe", "application/octet-stream"),
        ("html", "application/octet-stream"),
        ("x.html/a", "application/octet-stream"),
    ],
)
def test_a_type_is_told_by_the_extension(name: str, told: str) -> None:
    assert type_of(name) == told


def test_only_pages_may_run_scripts() -> None:
    names = ["a.svg", "a.xlf", "a.TMX", "a.xml", "a.rss", "a.html", "a.xhtml", "a.js", "a.pdf", "a"]
    assert [name for name in names if may_run_scripts(name)] == names[:5]
