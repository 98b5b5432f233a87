"""What goes into HAProxy's configuration is checked before, and HAProxy takes what comes out."""

import resource
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.embedded.haproxy import find_haproxy
from plimsoll.scale.balancer import statistics, words
from plimsoll.scale.balancer.algorithm import Algorithm
from plimsoll.scale.balancer.configuration import configuration
from plimsoll.scale.balancer.files import Files
from plimsoll.scale.balancer.server import Server
from plimsoll.scale.balancer.settings import NETWORKS_MAX, BalancerSettings, Bounds, HealthCheck, Timeouts

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "scale-balancing.md"
SERVERS = (Server("w1", "unix@w1.sock", 1, 50), Server("w2", "127.0.0.1:9001", 2, 20, weight=7, earned=9))
text = st.text(max_size=30) | st.text(alphabet="aZ0-_. \t\n;#'\"\\$/@:%{}", max_size=30)


@given(text)
def test_no_name_holds_what_could_end_a_word_or_an_order(one: str) -> None:
    for check in (words.name, words.header, words.cookie, words.url_path, words.host, words.listening, words.address):
        try:
            written = check(one)
        except UsageError:
            continue
        assert written.isascii()
        assert not set(written) & set(" \t\r\n;#'\"\\{}"), check


@given(text)
def test_a_quoted_word_is_one_word(one: str) -> None:
    try:
        written = words.quoted(one)
    except UsageError:
        assert any(ord(letter) < 32 or ord(letter) == 127 for letter in one)
    else:
        assert shlex.split(written) == [one]  # a shell's single quotes are HAProxy's


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"listen": "localhost:80"}, "no address"),
        ({"listen": "fd@x"}, "no address"),
        ({"listen": "::1:80"}, "no address"),
        ({"listen": "127.0.0.1:0"}, "no address"),
        ({"listen": "fd@3\nbind *:80"}, "no address"),
        ({"listen": "fd@3", "trusted": ("10.0.0.0/8 0.0.0.0/0",)}, "no network"),
        ({"listen": "fd@3", "trusted": ("10.0.0.1/40",)}, "no network"),
        ({"listen": "fd@3", "affinity_header": "x-user) rdr"}, "no name of a header"),
        ({"listen": "fd@3", "affinity_cookie": "a=b"}, "no name for a cookie"),
        ({"listen": "fd@3", "key": Path("a.pem")}, "a key without its certificate"),
        ({"listen": "fd@3", "retried": ("POST",)}, "never sent again"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        BalancerSettings(**wrong)  # type: ignore[arg-type]


def test_numbers_that_cannot_be_are_refused() -> None:
    for make in (
        lambda: Timeouts(request=0),
        lambda: Timeouts(queue=float("nan")),
        lambda: Bounds(connections=0),
        lambda: Bounds(queue=10**9),
        lambda: HealthCheck(path="no/slash"),
        lambda: HealthCheck(path="/a b"),
        lambda: HealthCheck(fall=0),
    ):
        with pytest.raises(UsageError):
            make()


def test_haproxy_takes_it_and_says_what_it_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "it's; $HOME #1"
    home.mkdir()
    program, files = find_haproxy().path, Files(home)
    settings = BalancerSettings(
        "fd@3",
        trusted=("10.1.2.3/8", "fd00::/8", *(f"192.0.2.{number}" for number in range(NETWORKS_MAX - 2))),
        health=HealthCheck(path="/health?a=%20(b)&c=$HOME", host="app.example:8000"),
        retried=(),
    )
    files.check(program, settings, SERVERS)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 2048))
    with pytest.raises(UsageError, match="needs 4200 descriptors"):
        files.check(program, BalancerSettings("fd@3"), SERVERS)
    assert sorted(path.name for path in home.iterdir()) == ["admission.map", "algorithm.map"]


def test_each_server_is_in_each_backend_with_that_backends_weight() -> None:
    whole = configuration(BalancerSettings("fd@3"), SERVERS)
    parts = dict(part.split("\n", 1) for part in whole.split("\n\n"))
    for algorithm in Algorithm:
        lines = [line.split() for line in parts[f"backend {algorithm}"].splitlines() if " server " in line]
        assert [line[1] for line in lines] == ["w1", "w1.last", "w2", "w2.last"]
        weight = {"weighted-round-robin": "7", "health-and-load": "9"}.get(algorithm, "100")
        assert lines[2][lines[2].index("weight") + 1] == weight


def test_a_damaged_list_of_servers_is_told(tmp_path: Path) -> None:
    files = Files(tmp_path)
    assert files.read() is None
    files.write(BalancerSettings("fd@3"), Algorithm.ROUND_ROBIN, SERVERS)
    assert files.read() == (Algorithm.ROUND_ROBIN, list(SERVERS))
    for damaged in ("", "[]", '{"algorithm": "round-robin", "servers": [{"name": "w1"}]}'):
        (tmp_path / "balancer.json").write_text(damaged)
        with pytest.raises(ServiceError, match="damaged"):
            files.read()
    (tmp_path / "balancer.json").write_text(
        '{"algorithm": "round-robin", "servers": [{"name": "w1", "address": "unix@a;b", "number": 1, "limit": 1}]}'
    )
    with pytest.raises(ServiceError, match="damaged"):
        files.read()


def test_the_guide_names_all_algorithms_and_limits() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    fields = {*Timeouts.__slots__, *Bounds.__slots__} - {"retry_after_s", "threads"}
    assert [name for name in (*Algorithm, *fields) if f"`{name}`" not in guide] == []


def test_what_are_no_statistics_is_told() -> None:
    for answer in ("", "Unknown command", "# pxname,svname\na,b\n"):
        with pytest.raises(ServiceError, match="statistics cannot be read"):
            statistics.lines(answer)
