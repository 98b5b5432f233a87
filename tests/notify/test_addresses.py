"""Where messages may go, and that no address is shown."""

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.notify.addresses import KINDS, Address, read_addresses, variables_of
from plimsoll.settings.masking import Secret

SLACK = "slack://TAAAAAAAA/BBBBBBBBB/cccccccccccccccccccccccc/#ops"


def test_addresses_come_from_texts_and_from_variables_with_several() -> None:
    found, problems = read_addresses(
        [Secret("json://127.0.0.1:8000/hook"), Secret("env: CHAT")], {"CHAT": f"{SLACK}\n mailtos://a:b@example.org "}
    )
    assert [address.kind for address in found] == ["json", "slack", "mailtos"]
    assert not problems
    assert variables_of([Secret("json://x"), Secret("env:CHAT")]) == ["CHAT"]


@pytest.mark.parametrize("text", ["syslog://", "syslog://local0", "dbus://x", "file:///etc/passwd", "http://x", "x"])
def test_kinds_that_act_on_this_machine_or_are_unknown_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_addresses([Secret(text)], {})


def test_a_refused_address_is_not_shown() -> None:
    for text in ("slak://TOKENTOKEN", "no address but TOKENTOKEN"):
        with pytest.raises(UsageError) as told:
            read_addresses([Secret(text)], {})
        assert "TOKENTOKEN" not in str(told.value) + told.value.remedy


@pytest.mark.parametrize(
    ("environ", "words"),
    [({}, "it is not set"), ({"CHAT": " "}, "it is empty"), ({"CHAT": "slak://TOKENTOKEN"}, "is not a kind")],
)
def test_what_is_amiss_with_a_variable_is_told_and_does_not_stop_the_others(
    environ: dict[str, str], words: str
) -> None:
    found, problems = read_addresses([Secret("env:CHAT"), Secret(SLACK)], environ)
    assert [address.kind for address in found] == ["slack"]
    assert words in problems[0]
    assert "TOKENTOKEN" not in problems[0]


def test_one_wrong_address_of_several_keeps_nobody_else_from_being_told() -> None:
    there = {"TEAM": "json://127.0.0.1:1/a bogus://x json://127.0.0.1:1/b"}
    found, (problem,) = read_addresses([Secret("env:TEAM")], there)
    assert [address.kind for address in found] == ["json", "json"]
    assert "bogus:// is not a kind" in problem


def test_no_more_than_twenty_places_are_told() -> None:
    found, problems = read_addresses([Secret("env:CHAT")], {"CHAT": f"{SLACK} " * 21})
    assert (len(found), problems) == (20, ["of 21 addresses only the first 20 are used"])


def test_of_an_address_only_its_kind_is_shown() -> None:
    address = Address("mailtos", Secret("mailtos://me:hunt%40er2@mail.example.org?to=you@example.org"))
    assert address.shown == "mailtos://****"
    hidden = address.hide("cannot log in as me with hunt@er2 (hunt%40er2) at mail.example.org")
    assert not any(part in hidden for part in ("hunt@er2", "hunt%40er2", "mail.example.org"))


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # a module that a library of apprise's imports
def test_every_kind_is_one_that_the_library_has() -> None:
    apprise = pytest.importorskip("apprise")
    known = {
        kind
        for service in apprise.Apprise().details()["schemas"]
        for kind in [*(service["protocols"] or []), *(service["secure_protocols"] or [])]
    }
    assert KINDS - {"https"} <= known
