"""What is known of a run before it begins survives being written down."""

import json

from plimsoll.runs.facts import RunFacts

FACTS = RunFacts(
    run_id="20260801-120000-abcd",
    scenario="first",
    environment="dev",
    target="postgresql://app@db/app",
    profile_name="8 users",
    profile={"executor": "constant-users"},
    open_loop=False,
    seed=1,
    processes=8,
    connections="per-user",
    warmup_s=0.0,
    started_at="2026-08-01T12:00:00.000+00:00",
    goals=(("total", "p95<1s"),),
    machines=({"host": "alpha", "cpus": "4"}, {"host": "beta", "cpus": "8"}),
)


def test_facts_are_read_as_they_were_written() -> None:
    assert RunFacts.from_json(json.loads(json.dumps(FACTS.to_json())), where="") == FACTS


def test_a_run_from_before_there_were_clusters_has_no_machines() -> None:
    old = FACTS.to_json()
    del old["machines"]
    assert RunFacts.from_json(json.loads(json.dumps(old)), where="").machines == ()
