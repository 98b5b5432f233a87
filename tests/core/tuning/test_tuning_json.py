"""A tuning goes to JSON and back, without values of rows."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from plimsoll.core.errors import UsageError
from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.as_json import tuning_from_json, tuning_to_json
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.query import Binding, Query, QueryWorkload
from tests.core.tuning.tunings import ON_CUSTOMER, made, proof, tunings


def written() -> dict[str, Any]:
    change = Change("create-index", "public.orders", "Create an index", "why", ("q1",), ON_CUSTOMER)
    found: dict[str, Any] = json.loads(
        json.dumps(tuning_to_json(made(Advised(change, "proved", "high", 0.8, None, proof()))))
    )
    return found


@settings(max_examples=15, deadline=None)
@given(tunings)
def test_what_is_written_is_read_again(tuning: Tuning) -> None:
    text = json.dumps(tuning_to_json(tuning), allow_nan=False)
    assert tuning_from_json(json.loads(text)) == tuning


def test_values_of_rows_are_never_written() -> None:
    query = Query("q1", "SELECT $1", 1, 1.0, bindings=(Binding(("Mrs Secret",), "real", 0.25),))
    text = json.dumps(tuning_to_json(made(workload=QueryWorkload((query,), "here"))))
    assert "Mrs Secret" not in text
    assert tuning_from_json(json.loads(text)).workload.queries[0].bindings == (Binding((), "real", 0.25),)


def test_who_reads_the_json_finds_the_names_of_changes_and_indexes() -> None:
    change = written()["advised"][0]["change"]
    assert change["id"] == "create-index:idx_orders_customer_id"
    assert change["index"]["name"] == "idx_orders_customer_id"
    assert change["index"]["definition"] == 'ON "public"."orders" USING btree ("customer_id")'


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [
        (("schema_version",), 2, r"schema_version\): it is of version 2; this Plimsoll reads version 1"),
        (("schema_version",), None, r"it is of version None"),
        (("colour",), "red", r"\(colour\): nothing is known by this name"),
        (("advised", 0, "change", "kind"), "magic", r"\(advised\[0\]\.change\.kind\): 'magic' is none of create-index"),
        (("advised", 0, "change", "queries"), "q1", r"change\.queries\): it is no list"),
        (("advised", 0, "saved_share"), True, r"saved_share\): True is no number"),
        (("advised", 0, "saved_share"), 10**400, r"saved_share\): it is too large"),
        (("advised", 0, "proof", "rounds"), 1.5, r"rounds\): 1.5 is no whole number"),
        (("advised", 0, "proof", "writes", 0, "insert_us"), [1.0], r"insert_us\): it has 1 items, not 2"),
        (("made_at",), "yesterday", r"made_at\): 'yesterday' is no time"),
        (("workload", "queries", 0, "bindings", 0, "values"), ["x"], r"values\): nothing is known"),
        (("notes",), [None], r"notes\[0\]\): None is no text"),
        (("interrupted",), 0, r"interrupted\): 0 is neither true nor false"),
        (("together",), [], r"together\): it is no JSON object"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(at: tuple[str | int, ...], value: object, said: str) -> None:
    data: Any = written()
    within = data
    for one in at[:-1]:
        within = within[one]
    within[at[-1]] = value
    with pytest.raises(UsageError, match=said):
        tuning_from_json(data)


def test_what_is_missing_is_named() -> None:
    data = written()
    del data["workload"]["queries"][0]["text"]
    with pytest.raises(UsageError, match=r"workload\.queries\[0\]\.text\): it is missing"):
        tuning_from_json(data)
    with pytest.raises(UsageError, match="it is no JSON object"):
        tuning_from_json([])
