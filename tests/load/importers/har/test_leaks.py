"""Whatever a recording holds, its secrets and its hosts never get into the scenario, which is always Python."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.load.importers.har.parsing import recording_of
from tests.load.importers.har.making import entry, har, imported, page

SIGNS = "abcXYZ0189-_.~!@#$%^&*()+=[]{}|;:'\",<>?/\\` é"
secrets = st.text(SIGNS, min_size=6, max_size=24).map(lambda text: f"9{text.strip()}Z")
names = st.sampled_from(["password", "user[password]", "accessToken", "api_key", "client-secret", "_csrf", "X-Session"])
hosts = st.from_regex(r"[a-z]{3,8}\.[a-z]{3,8}\.(com|org|internal)(:8443)?", fullmatch=True)
FORM = "application/x-www-form-urlencoded"


def in_json(name: str, value: str) -> dict[str, Any]:
    return entry("POST", "/a", json_body={"user": "ann", "nested": [{name: value}]})


def in_json_within_json(name: str, value: str) -> dict[str, Any]:
    return entry("POST", "/b", json_body={"payload": json.dumps({name: value, "n": 1})})


def in_form(name: str, value: str) -> dict[str, Any]:
    return entry("POST", "/c", post={"mimeType": FORM, "text": f"a=1&{quote_plus(name)}={quote_plus(value)}"})


def in_query(name: str, value: str) -> dict[str, Any]:
    return entry("GET", f"/d?a=1&{quote_plus(name)}={quote(value, safe='')}")


def in_static_file(name: str, value: str) -> dict[str, Any]:
    return entry("GET", f"/e.png?{quote_plus(name)}={quote(value, safe='')}", kind="image/png")


def in_part(name: str, value: str) -> dict[str, Any]:
    params = [{"name": name, "value": value}, {"name": "f", "fileName": "a.csv", "value": "1"}]
    return entry("POST", "/f", post={"mimeType": "multipart/form-data", "params": params})


def in_header(name: str, value: str) -> dict[str, Any]:
    return entry("GET", "/g", headers={f"X-{name.strip(']').replace('[', '-')}": value})


def in_bearer(_: str, value: str) -> dict[str, Any]:
    return entry("GET", "/h", headers={"Authorization": f"Bearer {value}"})


places = st.sampled_from(
    [in_json, in_json_within_json, in_form, in_query, in_static_file, in_part, in_header, in_bearer]
)


@settings(max_examples=60, deadline=None)
@given(secrets, names, st.lists(places, min_size=1, max_size=3))
def test_no_secret_gets_through(secret: str, name: str, where: list[Any]) -> None:
    text = imported(page("/"), *(place(name, secret) for place in where)).text
    compile(text, "visit.py", "exec")
    escaped = {
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
    }
    assert [form for form in (secret, repr(secret)[1:-1], *escaped) if form in text] == []


@settings(max_examples=30, deadline=None)
@given(hosts, hosts.map(lambda host: f"api.{host}"))
def test_no_host_gets_through(host: str, other: str) -> None:
    spoken = {
        "back": f"https://{host}/x?u=https%3A%2F%2F{other}%2Fy",
        "host": host,
        "cdn": f"//{other}/z",
        "list": [other],
    }
    title = {"pages": [{"id": "p", "title": f"Welcome to {host}"}]}
    text = imported(
        page("/", host=host, pageref="p"),
        entry("POST", f"/go/{host}?to={other}", host=host, json_body=spoken, headers={"X-From": f"https://{host}"}),
        entry("GET", "/y", host=other),
        log=title,
    ).text
    compile(text, "visit.py", "exec")
    assert host not in text
    assert other not in text


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(values, st.text(max_size=30), st.text(max_size=60))
def test_any_body_query_and_answer_make_a_scenario_that_is_python(body: Any, name: str, text: str) -> None:
    asked = entry(
        "POST", f"/x/{quote(name, safe='')}?{quote_plus(name)}={quote_plus(text)}", json_body=body, reply=body
    )
    told = entry("POST", "/y", post={"mimeType": "text/csv", "text": text}, headers={"X-A": text}, pageref="p")
    made = imported(asked, told, asked, log={"pages": [{"id": "p", "title": text}]})
    compile(made.text, "visit.py", "exec")


@settings(max_examples=40, deadline=None)
@given(values)
def test_any_json_is_a_recording_or_refused(document: Any) -> None:
    for entries in (document, har(document)["log"], {"entries": [document, {"request": document}]}):
        with suppress(UsageError):
            recording_of({"log": entries}, "visit.har")
