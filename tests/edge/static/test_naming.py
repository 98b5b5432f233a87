"""Which names a path may have: its spelling alone decides."""

from pathlib import PurePosixPath
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.edge.static.naming import is_name, name_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "index.html"),
        ("/docs/", "docs/index.html"),
        ("/a/b.js", "a/b.js"),
        ("/Äpfel 1.xlf", "Äpfel 1.xlf"),
        ("/%2e%2e/a", "%2e%2e/a"),  # was decoded once: a name, if an odd one
    ],
)
def test_a_path_is_a_name(path: str, name: str) -> None:
    assert name_of(path) == name
    assert is_name(name)


@pytest.mark.parametrize(
    "sent",
    [
        "", "a.js", "//a.js", "/a//b.js", "/./a.js", "/../a.js", "/a/../b.js", "/%2e%2e/a.js", "/..%2fa.js", "/%2fa.js",
        "/..%5ca.js", "/a%5cb.js", "/a.js%00", "/a.js%00.png", "/.git/config", "/a/.env", "/...", "/c:/a.js",
        "/a.js::$DATA", "/a.js.", "/a.js%20", "/a%0d%0ab", "/a\u202ejs", f"/{'a' * 2_048}",
    ],
)  # fmt: skip
def test_nothing_of_ours_is_called_so(sent: str) -> None:
    assert name_of(unquote(sent)) is None


@given(st.text(alphabet=st.sampled_from("a.%/\\:\0 2fe\x7f"), max_size=20))
def test_no_name_leads_out_of_a_folder_or_to_what_is_hidden(path: str) -> None:
    name = name_of(f"/{path}")
    if name is not None:
        parts = PurePosixPath("/root", name).parts
        assert parts[:2] == ("/", "root")
        assert not any(part.startswith(".") for part in parts)
        assert "/".join(parts[2:]) == name
