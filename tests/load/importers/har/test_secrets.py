"""No secret of a recording gets into the scenario; each becomes a constant that the environment gives its value."""

import base64
import json
from typing import Any

import pytest

from plimsoll.load.importers.har.secret_names import is_opaque, is_secret, is_secret_name
from tests.load.importers.har.making import body, entry, imported, page

SECRET = "s3cr3t-Value-of-theirs"
WEB_TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    [
        *("password", "newPassword", "user[password]", "pwd", "otp", "client_secret", "access_token", "apikey", "sid"),
        *("X-Api-Key", "Authorization", "X-Amz-Signature", "csrfmiddlewaretoken", "__RequestVerificationToken"),
        "PHPSESSID",
    ],
)
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["author", "page", "passenger", "compass", "keyboard", "sort", "spin", "side", "email"]
)
def test_a_word_that_only_looks_like_one_is_none(name: str) -> None:
    assert not is_secret_name(name)


def test_flags_and_counts_are_no_secrets_and_the_number_of_a_pin_is() -> None:
    assert not is_secret("max_tokens", 1024)
    assert not is_secret("has_password", value=True)
    assert not is_secret("token", "")
    assert is_secret("pin", 1234)


def test_what_a_machine_made_differs_from_words_numbers_and_times() -> None:
    made = ["a81bc81b-dead-4e5d-abff-90865d1e13b1", "q1w2e3r4t5", WEB_TOKEN]
    told = ["application/json", "2025-03-04T09:00:00Z", "123456789", "some-long-words", "short1", "two words 1"]
    assert [is_opaque(text) for text in made + told] == [True] * 3 + [False] * 6


@pytest.mark.parametrize(
    "recorded",
    [
        entry("POST", "/login", json_body={"user": "ann", "password": SECRET}),
        entry("POST", "/login", post={"mimeType": "application/x-www-form-urlencoded", "text": f"pwd={SECRET}&a=b"}),
        entry("POST", "/login", post={"mimeType": "text/plain", "text": f'{{"nested": [{{"token": "{SECRET}"}}]}}'}),
        entry(
            "POST", "/soap", post={"mimeType": "text/xml", "text": f"<a><w:Password t='1'>{SECRET}</w:Password></a>"}
        ),
        entry("POST", "/raw", post={"mimeType": "text/csv", "text": f"a;b\npassword={SECRET}\n"}),
        entry("GET", f"/find?q=1&api_key={SECRET}"),
        entry("GET", "/me", headers={"Authorization": f"Bearer {SECRET}"}),
        entry("GET", "/me", headers={"Authorization": f"Token {SECRET}"}),
        entry("GET", "/me", headers={"Authorization": "Basic " + base64.b64encode(f"ann:{SECRET}".encode()).decode()}),
        entry("GET", "/me", headers={"X-Anything": SECRET}),
        entry("GET", "/me", headers={"Cookie": f"theme=dark; sessionid={SECRET}"}),
        entry("GET", f"/logo.png?signature={SECRET}", kind="image/png"),
        entry("GET", "/me", headers={"X-Token": SECRET}, pageref="p"),
        entry(
            "POST", "/graphql", json_body={"query": f'mutation {{ login(user: "ann", password: "{SECRET}") {{ id }} }}'}
        ),
        entry("GET", f"/go?to=%2Fcallback%3Ftoken%3D{SECRET}"),
        entry("GET", f"/reset/token={SECRET}", status=500, headers={"X-Token": SECRET}),
    ],
)
def test_a_secret_is_read_from_the_environment_and_its_value_is_nowhere(recorded: dict[str, Any]) -> None:
    again = [entry("GET", f"/again/{SECRET}/{at}?next=%2F{SECRET}", at=at) for at in (1, 2)]
    pages = {"pages": [{"id": "p", "title": f"Hello {SECRET}"}]}
    made = imported(page("/"), recorded, *again, log=pages)
    assert SECRET not in made.text
    assert SECRET not in json.dumps([*made.notes, made.left_out.by_reason])
    assert len(made.constants) >= 1
    assert all(f'{name} = from_environment("{name}")' in made.text for name in made.constants)


def test_a_session_in_a_path_is_a_secret_and_several_cookie_headers_are_one() -> None:
    asked = entry("GET", f"/cart;jsessionid={SECRET}?a=1")
    asked["request"]["headers"] = [{"name": "cookie", "value": "a=1"}, {"name": "cookie", "value": f"sid={SECRET}"}]
    made = imported(asked)
    assert '"GET /cart", "GET", f"/cart;jsessionid={JSESSIONID}"' in made.text
    assert 'COOKIES = {"a": "1", "sid": JSESSIONID}' in made.text


def test_who_logs_in_is_told_that_everybody_does_as_one() -> None:
    note = "Everybody logs in as the one who was recorded: a feed of accounts gives each user one."
    assert note in imported(entry("POST", "/login", json_body={"user": "ann", "password": "x"})).notes
    assert note not in imported(entry("POST", "/x", json_body={"token": SECRET})).notes


def test_tokens_of_known_shape_are_secrets_under_any_name() -> None:
    made = imported(entry("GET", f"/v1/{WEB_TOKEN}/x?v={WEB_TOKEN}"))
    assert WEB_TOKEN not in made.text
    assert made.text.count("SECRET") == 4


def test_a_short_secret_is_replaced_where_its_name_stands_only() -> None:
    said = body(entry("POST", "/admin", json_body={"user": "admin", "password": "admin"}))
    assert said == 'await user.http("POST /admin", "POST", "/admin", json={"user": "admin", "password": PASSWORD})'


def test_authorization_that_stays_is_said_once_and_one_that_changes_at_each_call() -> None:
    bearer = {"Authorization": "Bearer abc.def-123456"}
    steady = body(page("/"), entry("GET", "/a", headers=bearer), entry("GET", "/b", headers=bearer))
    assert steady.splitlines() == [
        "user.authorize()",
        'await user.http("GET /", "GET", "/")',
        "user.authorize(bearer=TOKEN)",
        'await user.http("GET /a", "GET", "/a")',
        'await user.http("GET /b", "GET", "/b")',
    ]
    basic = {"Authorization": "Basic " + base64.b64encode(b"ann:p").decode()}
    changing = body(entry("GET", "/a", headers=bearer), entry("GET", "/b", headers=basic), page("/c"))
    assert changing.splitlines()[:2] == [
        'await user.http("GET /a", "GET", "/a", bearer=TOKEN)',
        'await user.http("GET /b", "GET", "/b", basic=(BASIC_USER, BASIC_PASSWORD))',
    ]


def test_cookies_from_before_are_given_and_those_of_answers_are_not() -> None:
    first = page("/", headers={"Cookie": "lang=fr; sessionid=abc123def456; _ga=GA1.2.3"})
    second = page("/b", headers={"Cookie": "lang=fr; cart=17"}, at=1)
    first["response"]["headers"].append({"name": "Set-Cookie", "value": "cart=17; Path=/\nseen=1"})
    made = imported(first, second)
    assert 'COOKIES = {"lang": "fr", "sessionid": COOKIE_SESSIONID}' in made.text
    assert "user.cookies.clear()" in made.text
    assert "Cookies of statistics and networks left out: _ga." in made.notes


def test_recorded_hosts_in_values_become_constants() -> None:
    said = {
        "back": "https://shop.example.com/done?x=1",
        "host": "shop.example.com",
        "mail": "ann@shop.example.com",
        "cdn": "//cdn.example.net/a",
    }
    made = imported(page("/"), entry("POST", "/pay", json_body=said), entry("GET", "/x", host="cdn.example.net"))
    assert 'f"{SITE_URL}/done?x=1"' in made.text
    assert '"host": SITE_HOST' in made.text
    assert '"mail": "ann@shop.example.com"' in made.text
    assert 'f"//{OTHER_HOST}/a"' in made.text
    assert made.text.count("shop.example.com") == 1
    assert "cdn.example.net" not in made.text


def test_headers_of_the_application_are_kept_and_those_of_the_browser_are_counted() -> None:
    kept = {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json", "Accept-Language": "fr"}
    noise = {"User-Agent": "B", "sec-ch-ua": "C", "Sec-Fetch-Mode": "cors", "If-None-Match": '"1"', ":authority": "x"}
    made = imported(page("/", headers={"Accept-Language": "fr"}), entry("GET", "/x", headers={**kept, **noise}))
    assert 'user.headers.update({"Accept-Language": "fr"})' in made.text
    assert 'headers={"X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}' in made.text
    assert "Headers left to the client: user-agent 1, sec-* 2, if-none-match 1." in made.notes


def test_headers_that_several_requests_carry_are_written_once() -> None:
    asked = [entry("GET", f"/{name}", headers={"X-Requested-With": "XMLHttpRequest"}) for name in "abc"]
    made = imported(page("/"), *asked)
    assert 'HEADERS = {"X-Requested-With": "XMLHttpRequest"}' in made.text
    assert made.text.count("headers=HEADERS)") == 3


def test_a_header_that_cannot_be_sent_is_left_out_and_counted() -> None:
    made = imported(entry("GET", "/x", headers={"X-A": "\u0416", "X B": "1", "X-C": "\u00e9"}))
    assert 'headers={"X-C": "é"}' in made.text
    assert "Headers left to the client: x-a 1, x b 1." in made.notes
