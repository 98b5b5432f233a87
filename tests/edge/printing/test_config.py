"""`plimsoll edge config`: what is wrong is said, nothing breaks out of its place, and the guide's commands work."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.core.errors import UsageError

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "edge-fronts.md").read_text("utf-8")
COMMANDS = re.findall(r"^plimsoll (.*)$", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)), re.MULTILINE)
ORIGIN = ("--origin", "http://127.0.0.1:8000")


def config(*words: str) -> str:
    done = CliRunner().invoke(app, ["edge", "config", *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_the_guides_commands_work() -> None:
    said = [CliRunner().invoke(app, shlex.split(command), catch_exceptions=False).stdout for command in COMMANDS]
    nginx, varnish, as_json = said
    assert "server_name www.example.com;" in nginx
    assert "return 421;" in nginx
    assert varnish.startswith("vcl 4.1;")
    assert "server app.internal:8000;" in json.loads(as_json)["configuration"]


def test_purges_are_taken_from_networks_that_are_named() -> None:
    words = ("--purge-from", "10.0.0.0/8", "--purge-from", "fd00::1")
    nginx, varnish = config("nginx", *ORIGIN, *words), config("varnish", *ORIGIN, *words)
    assert "allow ::1;\n        allow 10.0.0.0/8;\n        allow fd00::1/128;\n        deny all;" in nginx
    assert '"::1";\n    "10.0.0.0"/8;\n    "fd00::1"/128;\n}' in varnish


def test_only_hosts_that_are_named_are_answered() -> None:
    assert 'req.http.Host !~ "^(a[.]test|[^.]+[.]b[.]test)$"' in config(
        "varnish", *ORIGIN, "--name", "a.test", "--name", "*.b.test"
    )
    assert "421" not in config("varnish", *ORIGIN)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("apache", *ORIGIN), '"apache" is no server that is known'),
        (("nginx", "--origin", "https://a.test"), "wrong --origin: these servers speak plain HTTP"),
        (("nginx", "--origin", "http://a.test/path"), "wrong --origin"),
        (("nginx", "--origin", "http://a.test;}"), "wrong --origin"),
        (("nginx", "--origin", "http://u:p@a.test"), "wrong --origin"),
        (("nginx", "--origin", "http://a.test:99999"), "wrong --origin"),
        (("nginx", "--origin", "a.test:80"), "wrong --origin"),
        (("nginx", *ORIGIN, "--listen", "8080"), "wrong --listen"),
        (("nginx", *ORIGIN, "--listen", "127.0.0.1:0"), "wrong --listen"),
        (("varnish", *ORIGIN, "--name", 'a"; }'), "wrong --name"),
        (("varnish", *ORIGIN, "--token-file", 'a"b'), "wrong --token-file"),
        (("nginx", *ORIGIN, "--cache", "/a b; }"), "wrong --cache"),
        (("nginx", *ORIGIN, "--size", "1GiB"), "wrong --size"),
        (("nginx", *ORIGIN, "--scheme", "ftp"), "wrong --scheme"),
        (("nginx", *ORIGIN, "--purge-from", "10.0.0.1/8"), "wrong --purge-from: 10.0.0.1/8 has host bits set"),
    ],
)
def test_what_does_not_fit_is_said(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(UsageError, match=re.escape(why)):
        config(*words)
