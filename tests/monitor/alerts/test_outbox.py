"""What waits to be told: nobody hears the old after the new, and a silence holds back what waits, too."""

from collections.abc import Mapping
from typing import Any

from plimsoll.monitor.alerts.outbox import Errand, Outbox

PAGER = "webhook:pager"


def errand(number: int, **alerts: str) -> Errand:
    """To the pager, at that second: `cpu="firing"` says that the alert of rule cpu fires."""
    told: list[Mapping[str, Any]] = [
        {"fingerprint": rule, "rule": rule, "labels": {}, "state": state} for rule, state in alerts.items()
    ]
    notice = {"id": f"n{number}", "alerts": told, "left_out": 0}
    return Errand(f"n{number}-{PAGER}", PAGER, float(number), len(told), notice, next_at=float(number))


def told(errands: list[Errand]) -> list[list[str]]:
    return [[f"{one['rule']} {one['state']}" for one in errand.notice["alerts"]] for errand in errands]


def test_a_newer_message_of_an_alert_takes_the_place_of_one_that_waits() -> None:
    outbox = Outbox()
    outbox.put(errand(1, cpu="firing", memory="firing"))
    outbox.put(errand(2, cpu="resolved"))
    assert told(outbox.due(5.0, 4)) == [["memory firing"]]
    outbox.put(errand(3, memory="resolved"))  # the first is under way
    outbox.put(errand(1, cpu="firing", memory="firing"))  # it was not taken, and comes back
    assert [(one.id, one.state) for one in outbox.all()] == [
        (f"n3-{PAGER}", "waiting"),
        (f"n2-{PAGER}", "waiting"),
        (f"n1-{PAGER}", "superseded"),
    ]
    assert outbox.changed[f"n1-{PAGER}"].state == "superseded"  # so it is after a restart, too


def test_a_place_is_told_one_thing_after_the_other() -> None:
    outbox = Outbox()
    for one in (errand(1, cpu="firing"), errand(2, memory="firing")):
        outbox.put(one)
    assert told(outbox.due(5.0, 4)) == [["cpu firing"]]
    assert outbox.due(5.0, 4) == []


def test_a_silence_holds_back_what_waits_and_lets_the_rest_go() -> None:
    outbox = Outbox()
    outbox.put(errand(1, cpu="firing", memory="firing"))
    [sent] = outbox.due(5.0, 4, lambda rule, labels: rule == "cpu")
    assert told([sent]) == [["memory firing"]]
    assert sent.notice["id"] != "n1"  # what is held back is another message
    outbox.put(errand(2, disk="firing"))
    assert told(outbox.due(700.0, 4, lambda rule, labels: True)) == []
    outbox.put(Errand(sent.id, PAGER, 1.0, state="delivered"))
    assert told(outbox.due(700.0, 4)) == [["cpu firing"]]
