"""Whether tuning would work, in a line of the doctor."""

import asyncio
from dataclasses import replace

import pytest

from plimsoll.postgres.connecting import SessionTraits
from plimsoll.postgres.dsn import read_target
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.workflows.checking_tuning import check_tuning
from plimsoll.workflows.checks.tuning import TuningLook, judge_tuning
from plimsoll.workflows.target import OpenTarget

NONE = TuningLook(no_copy="there is no PostgreSQL 18 or newer here to copy to", remedy="install it")


@pytest.mark.parametrize(
    ("look", "status", "told"),
    [
        (TuningLook(copy="PostgreSQL 18.1", counted=True), "ok", "can measure on a copy by PostgreSQL 18.1"),
        (TuningLook(copy="PostgreSQL 18.1", hypopg="1.4"), "ok", "hypopg 1.4; the workload must come from a run"),
        (replace(NONE, hypopg="1.4", counted=True), "warning", "can only estimate, by hypopg 1.4: there is no"),
        (replace(NONE, hypopg="1.4", protected=True), "warning", "not used on a protected database"),
        (NONE, "warning", "can tell nothing of indexes: there is no PostgreSQL 18"),
        (TuningLook(copy="PostgreSQL 18.1", pooled=True), "warning", "cannot work through a transaction pooler"),
    ],
)
def test_it_says_what_tuning_can_tell(look: TuningLook, status: str, told: str) -> None:
    found = judge_tuning(look)
    assert (found.status, told in found.detail) == (status, True)
    assert bool(found.remedy) == (status == "warning")


def test_a_server_that_is_looked_at_can_be_copied_here(database: str) -> None:
    target = read_target(Secret(database), {}, where="--dsn")
    found = asyncio.run(check_tuning(OpenTarget(Environment("dsn"), target, SessionTraits())))
    assert (found.status, found.detail[:39]) == ("ok", "plimsoll tune --prove can measure on a ")
