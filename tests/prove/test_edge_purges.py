"""1,000 trials in which purgers are killed with SIGKILL at any of their steps, while rows change: no purge is lost."""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack

from benchmarks._tables import ROOT, put, table
from plimsoll.testing.postgres import fresh_database, throwaway_server
from tests.edge.purge.killing import run
from tests.edge.purge.mutations import MUTATIONS
from tests.edge.purge.nest import CALL, COMMIT
from tests.edge.purge.town import ANY_TIME, AT_PROVIDER, CROWD, DONE_THERE, IDLE

TRIALS = 1_000
AT_ONCE = 6  # each waits most of its time, for leases that end
TRIALS_OF_A_MUTATION = 200
READING = ("the changelog looked at", "the position locked", "rows written", "the position moved")
LEASING = ("what is due looked for", "rows leased")


def test_of_1_000_trials_none_leaves_an_edge_or_a_cdn_stale() -> None:
    with throwaway_server() as server, ExitStack() as stack:
        names = [stack.enter_context(fresh_database(server)) for _ in range(AT_ONCE)]
        story = run([server.dsn_of(name) for name in names], range(TRIALS))
    rows = [[where, f"{number:,}"] for where, number in places(story.deaths).items()]
    rows += [
        ["trials", f"{story.trials:,}"],
        ["commits", f"{story.commits:,}"],
        ["requests to edge and CDN", f"{story.requests:,}"],
        ["copies compared with their rows", f"{story.trials * 2 * CROWD:,}"],
        ["**purges lost**", f"{len(story.lost):,}"],
    ]
    put(ROOT / "docs" / "proofs.md", "edge_purges", "\n".join(table(["purgers killed", "number"], rows)))
    assert story.lost == []
    assert story.trials == TRIALS
    assert sum(story.deaths.values()) - story.deaths[IDLE] >= TRIALS, "else they were hardly struck amid their work"


def test_each_rule_that_is_taken_away_is_missed() -> None:
    rows = []
    with throwaway_server() as server:
        for mutation in MUTATIONS:
            with fresh_database(server) as name:
                story = run([server.dsn_of(name)], range(TRIALS_OF_A_MUTATION), mutation)
            assert story.lost, mutation.rule
            found = story.lost[0].partition(": ")[2]
            rows.append([mutation.rule, str(story.trials or 1), found])
    headings = ["rule that is taken away", "found in trial", "as"]
    put(ROOT / "docs" / "proofs.md", "edge_purges_mutations", "\n".join(table(headings, rows)))


def places(deaths: Mapping[str, int]) -> Counter[str]:
    """Where they died, in the order of their work."""
    named = {
        "while the changelog is read into the outbox, before the commit": 0,
        "after the commit, which is not known to it": 0,
        "while rows are leased": 0,
        "before a provider is called": 0,
        AT_PROVIDER: 0,
        DONE_THERE: 0,
        "after the answer, before anything is done about it": 0,
        "while rows are deleted, freed or postponed": 0,
        ANY_TIME: 0,
        IDLE: 0,
    }
    found = Counter(named)
    for death, number in deaths.items():
        found[_place(death)] += number
    return found


def _place(death: str) -> str:
    step, after = death.removesuffix(", after"), death.endswith(", after")
    if step in (AT_PROVIDER, DONE_THERE, ANY_TIME, IDLE):
        return step
    if step == CALL:
        return "after the answer, before anything is done about it" if after else "before a provider is called"
    if step == f"{COMMIT}{READING[-1]}" and after:
        return "after the commit, which is not known to it"
    if step.removeprefix(COMMIT) in READING:
        return "while the changelog is read into the outbox, before the commit"
    leasing = step.removeprefix(COMMIT) in LEASING
    return "while rows are leased" if leasing else "while rows are deleted, freed or postponed"
