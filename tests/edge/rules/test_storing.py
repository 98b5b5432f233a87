"""RFC 9111, 3: what may be stored."""

from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.edge import rules
from plimsoll.edge.rules.policy import EVERY, UNDERSTOOD, more_statuses
from tests.edge.exchange import NOW_S, date, get, judged, kept, looked, ok


def test_what_says_for_how_long_it_is_fresh_is_stored() -> None:
    assert kept(ok("Cache-Control: max-age=60")).status == 200
    assert judged(ok()) == "nothing said"


@pytest.mark.parametrize(
    "value",
    [
        "no-store",
        "NO-STORE",
        "max-age=60, no-store",
        "no-store=1",
        'no-store=""',
        "max-age=60; no-store",
        'x="a, no-store',
    ],
)
def test_no_store_is_heard_however_it_is_written(value: str) -> None:
    assert judged(ok(f"Cache-Control: {value}")) == "no-store"


@pytest.mark.parametrize(
    "value", ["private", "private=", 'private="x-user"', "PRIVATE, max-age=9", "max-age=9 private"]
)
def test_private_is_heard_however_it_is_written(value: str) -> None:
    assert judged(ok(f"Cache-Control: {value}")) == "private"


def test_a_word_in_quotes_is_no_directive() -> None:
    assert kept(ok('Cache-Control: max-age=9, ext="no-store, private"'))


def test_what_sets_a_cookie_is_not_stored() -> None:
    assert judged(ok("Cache-Control: public, max-age=60", "Set-Cookie: a=b")) == "set-cookie"


def test_answers_to_authorization_are_stored_only_if_they_say_so() -> None:
    request = get("Authorization: Bearer x")
    assert judged(ok("Cache-Control: max-age=60"), request) == "authorization"
    for said in ("public", "must-revalidate", "s-maxage=60"):
        assert kept(ok(f"Cache-Control: max-age=60, {said}"), request)


@pytest.mark.parametrize("status", [304, 400, 403, 405, 414, 499])
def test_other_statuses_are_not_stored(status: int) -> None:
    assert judged(ok("Cache-Control: max-age=60", status=status)) == "status"


@pytest.mark.parametrize("status", [201, 299, 306, 399])
def test_what_is_no_error_is_stored_if_it_says_for_how_long(status: int) -> None:
    assert kept(ok("Cache-Control: max-age=60", status=status)).status == status
    assert judged(ok('ETag: "a"', status=status)) == "nothing said"
    assert judged(ok("Cache-Control: max-age=60, must-understand", status=status)) == "must-understand"


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 599])
def test_an_error_of_the_servers_own_is_stored_for_a_short_time_and_never_told_stale(status: int) -> None:
    stored = kept(ok("Cache-Control: max-age=60, stale-while-revalidate=60, stale-if-error=60", status=status))
    assert looked(stored, after_s=9) == "answer fresh"
    assert looked(stored, after_s=10) == "forward stale"
    assert looked(stored, get("Cache-Control: max-stale"), after_s=10) == "forward stale"
    assert rules.instead_of_error(get(), stored, NOW_S + 10, unreachable=True) is None
    assert looked(kept(ok("Cache-Control: max-age=2", status=status)), after_s=2) == "forward stale"
    assert kept(ok(f"Expires: {date(NOW_S + 60)}", status=status)).fresh_until_s == NOW_S + 10
    assert judged(ok("Cache-Control: public", status=status)) == "error"
    assert judged(ok("Cache-Control: max-age=60", status=status), error_max_s=0) == "status"


@pytest.mark.parametrize(
    "lines",
    [
        ["X-Long: " + "x" * 2_048],
        [f"X-{n}: " + "x" * 1_000 for n in range(9)],
        [f"X-{n}: x" for n in range(51)],
        ["X-Odd: \x01"],
        ["X-Odd: \x80"],
        ["X-Odd: a\tb"],
    ],
)
def test_an_error_that_a_client_may_have_made_is_not_stored(lines: list[str]) -> None:
    assert judged(ok("Cache-Control: max-age=60", status=500), get(*lines)) == "error"
    assert kept(ok("Cache-Control: max-age=60"), get(*lines)).status == 200


def test_an_error_takes_the_place_of_nothing_but_an_error() -> None:
    error = ok("Cache-Control: max-age=60", status=503)
    for status, why in ((200, rules.Pass("error")), (404, rules.Pass("error")), (500, None)):
        before = kept(ok("Cache-Control: max-age=1", status=status))
        found = rules.judge(get(), error, requested_s=NOW_S, received_s=NOW_S, beside=[before])
        assert found == why or (why is None and isinstance(found, rules.Keep))


def test_what_post_is_told_is_stored_where_it_says_that_get_has_the_same() -> None:
    """RFC 9110, 9.3.3."""
    post = get("Content-Length: 5", method="POST")
    life, same = "Cache-Control: max-age=60", "Content-Location: /a"
    stored = kept(ok(life, same), post)
    assert looked(stored) == "answer fresh"
    assert looked(stored, post) == "forward method"
    assert kept(ok(life, "Content-Location: https://EXAMPLE.com/a"), post).second == stored.second
    assert judged(ok(life), post) == "method"
    assert judged(ok(same, 'ETag: "a"', "Cache-Control: public"), post) == "method"
    assert judged(ok(life, same, status=201), post) == "method"
    assert judged(ok(life, same, "Content-Location: /a"), post) == "method"
    for other in ("/b", "/a?x", "//other.example/a", "http://example.com/a", "http://["):
        assert judged(ok(life, f"Content-Location: {other}"), post) == "method"
    assert judged(ok(life, same), get(method="PUT")) == "method"
    assert judged(ok(life, same, "Set-Cookie: a=b"), post) == "set-cookie"


def test_a_setting_widens_which_statuses_are_stored() -> None:
    assert kept(ok("Cache-Control: max-age=60", status=503), statuses=frozenset({200, 503})).status == 503


def test_statuses_are_named_one_by_one_or_as_ranges() -> None:
    assert more_statuses(["503", "500-502"]) == UNDERSTOOD | {500, 501, 502, 503}
    assert more_statuses(["200-599"]) == EVERY
    for wrong in ("5xx", "", "99", "600", "504-500", "500-", "-", "500-501-502", "５００"):
        with pytest.raises(UsageError, match="not a status code"):
            more_statuses([wrong])


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": b"two words"},
        {"name": "Plimsoll"},
        {"targets": (b"CDN-Cache-Control",)},
        {"statuses": {200, 600}},
        {"heuristic_share": 1.5},
        {"heuristic_share": float("nan")},
        {"stale_if_error_s": -1},
        {"stale_if_unreachable_s": float("nan")},
        {"error_max_s": -1},
        {"heuristic_max_s": "60"},
    ],
)
def test_a_policy_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refused:
        rules.Policy(**wrong)
    assert refused.value.why
    assert refused.value.remedy
