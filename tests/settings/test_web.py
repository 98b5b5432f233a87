"""How a URL is spoken to: read from its table, and known by its host however that is written."""

from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.settings.loading import parse_settings
from plimsoll.settings.web import TlsOptions, WebSettings, web_identities

TABLE = "[environments.web.http]\n"


def read(text: str) -> WebSettings:
    return parse_settings(f'[environments.web]\nurl = "http://app"\n{TABLE}{text}').environment("web").web


def test_what_is_not_said_keeps_its_default() -> None:
    assert read("") == WebSettings()
    assert parse_settings('[environments.web]\nurl = "http://app"\n').environment("web").web == WebSettings()
    assert read('connections = "per-user"\nverify = true\n') == WebSettings()


def test_every_key_is_read() -> None:
    text = """
    connections = 20
    connect_timeout = "500ms"
    first_byte_timeout = "2s"
    timeout = 90
    ca = "roots.pem"
    certificate = "client.pem"
    key = "client.key"
    verify = false
    """
    tls = TlsOptions(Path("roots.pem"), Path("client.pem"), Path("client.key"), verify=False)
    assert read(text) == WebSettings(20, 0.5, 2.0, 90.0, tls)


@pytest.mark.parametrize(
    "text",
    [
        "connections = 0", 'connections = "pool"', "connections = 1.5", "timeout = 0", 'timeout = "soon"',
        'verify = "no"', "ca = 5", "connect_timeout = -1", 'key = "a"', 'certificat = "a"',
    ],
)  # fmt: skip
def test_a_wrong_value_is_placed(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text)
    assert "[environments.web.http]" in caught.value.where or "[environments.web] http" in caught.value.where


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com", "http://app.example.com/", "HTTP://APP.EXAMPLE.COM./base?x=1", "http://app.example.com:443",
        " http://app.example.com:080 ", "http://name:secret@app.example.com", "http://app\uff0eexample\uff0ecom",
    ],
)  # fmt: skip
def test_a_site_is_known_however_its_url_is_written(url: str) -> None:
    assert web_identities(url) == {("web", "app.example.com", None)}


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.1", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0", "x.localhost"]
)
def test_this_machine_is_known_by_all_its_names(host: str) -> None:
    assert web_identities(f"http://{host}:8000") == web_identities("http://localhost:8000")


def test_another_port_or_host_is_another_site_and_no_url_is_none() -> None:
    assert web_identities("http://app:8000") != web_identities("http://app")
    assert web_identities("http://app") != web_identities("http://app2")
    assert web_identities("http://b\u00fccher.example") == web_identities("http://xn--bcher-kva.example")
    for text in (None, "", "app", "http://", "http://[bad", "http://app:port", "http://" + "a" * 80 + ".example"):
        assert web_identities(text) == frozenset()


def test_a_protected_site_is_protected_under_another_name_too() -> None:
    text = '[environments.live]\nurl = "https://app.example.com"\nprotected = true\nmax_users = 5\n'
    settings = parse_settings(text)
    for url, known in (("http://APP.example.com./x", True), ("http://app.example.com:8080", False), (None, False)):
        found = settings.protection_for(None, {}, url=url)
        assert (found is not None) is known
        assert found is None or (found.protected, found.max_users) == (True, 5)
