"""What to do about tables that are not cleaned, or whose statistics are old. Pure."""

from collections.abc import Iterator

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.wording import at_most, qualified
from plimsoll.core.finding import Finding, How, Recommendation

DEAD = "dead rows of the table, as the server counts them"


def dead_rows(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    table = qualified(finding.details["table"])
    yield Recommendation(
        finding=finding.id,
        what=f"vacuum {finding.subject}",
        term="immediate",
        effort="minutes",
        effect=f"{at_most(finding)}: scans no longer read the dead rows; the file does not become smaller",
        basis=DEAD,
        risk="it reads the table and writes log; an old open transaction keeps the rows alive all the same",
        how=(How("sql", f"VACUUM (ANALYZE, VERBOSE) {table};", "outside a transaction"),),
    )
    if finding.details["off"]:
        yield _switched_on(finding, table)
    else:
        yield _sooner(finding, table)
    if finding.details["hot"] < 0.5:
        yield Recommendation(
            finding=finding.id,
            what="let updates stay on their page",
            term="short-term",
            effort="hours",
            effect="fewer new entries in indexes, and dead rows that go without a vacuum",
            basis=f"{finding.details['hot']:.0%} of the updates were of that kind (HOT)",
            risk="the table takes more space; it holds for pages that are written from now on",
            how=(
                How("sql", f"ALTER TABLE {table} SET (fillfactor = 85);", "room on each page"),
                How("check", "indexes on columns that are updated often", "each of them makes HOT updates impossible"),
            ),
        )


def _switched_on(finding: Finding, table: str) -> Recommendation:
    sql = f"ALTER TABLE {table} RESET (autovacuum_enabled);"
    server = "ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf();"
    return Recommendation(
        finding=finding.id,
        what="switch autovacuum on",
        term="immediate",
        effort="minutes",
        effect="the table is cleaned by itself, and protected from transaction id wraparound",
        basis="it is switched off",
        risk="its workers read and write at their own slow pace",
        how=(How("sql", sql if finding.details["by_table"] else server),),
    )


def _sooner(finding: Finding, table: str) -> Recommendation:
    options = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1"
    return Recommendation(
        finding=finding.id,
        what=f"let autovacuum come to {finding.subject} sooner, and work faster",
        term="short-term",
        effort="minutes",
        effect=f"{at_most(finding)}, and it stays so",
        basis=DEAD,
        risk="more frequent vacuums of this table; look for old transactions first, as no vacuum helps against them",
        how=(How("sql", f"ALTER TABLE {table} SET ({options});"),),
    )


def bloat(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    table = qualified(finding.details["table"])
    yield Recommendation(
        finding=finding.id,
        what=f"write {finding.subject} anew",
        term="long-term",
        effort="hours",
        effect=f"{at_most(finding)}; the space goes back to the system",
        basis="an estimate from the statistics of its columns",
        risk="VACUUM FULL locks the table until it is done and needs its size once more; pg_repack, an extension, "
        "locks it for moments only",
        how=(
            How("check", f"SELECT * FROM pgstattuple_approx('{finding.subject}');", "measure before"),
            How("sql", f"VACUUM (FULL, ANALYZE) {table};", "while nobody needs it"),
        ),
    )


def stale_statistics(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    table = qualified(finding.details["table"])
    yield Recommendation(
        finding=finding.id,
        what=f"analyze {finding.subject}",
        term="immediate",
        effort="minutes",
        effect="the planner knows what is in the table; whether its plans become better is not known before",
        basis="rows changed since it was analyzed",
        risk="a plan may also become worse: compare a run before with one after it",
        how=(
            How("sql", f"ANALYZE {table};"),
            How("sql", f"ALTER TABLE {table} SET (autovacuum_analyze_scale_factor = 0.02);", "so that it stays known"),
        ),
    )
