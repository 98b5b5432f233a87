"""`plimsoll cache status` tells which caches report, `plimsoll cache invalidate` drops tags: on a real server."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.cache_report import CLOSED, AuditReport, CacheReport, Uses
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database
from tests.cli.test_cache_install import PROD, said

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "cache-watching.md"
COMMANDS = re.findall(r"^plimsoll (.*)", GUIDE.read_text("utf-8"), re.MULTILINE)
FINE = CacheReport(
    hits={"process": 900, "shared": 42}, misses={"absent": 58}, bytes=2**20, bytes_max=2**23, entries=10,
    staleness_s=0.25, age_s=0.012,
)  # fmt: skip
DEAF = CacheReport(staleness_s=0.25, trouble="connection refused", has_shared=True, shared_trouble="timed out")
STALE = CacheReport(hits={"process": 1}, audit=AuditReport(checked=9, stale=1, found=("order:7",)))


def test_the_guide(postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with fresh_database(postgres_server) as name:

        def sql(*statements: str) -> str:
            return postgres_server.sql(*statements, database=name)

        monkeypatch.setenv("DATABASE_URL", postgres_server.dsn_of(name))
        sql("CREATE TABLE orders (id int)")
        missing = [role for role in ("app", "ops") if not sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'")]
        for role in missing:
            sql(f"CREATE ROLE {role}")
        install, status, invalidate = (f"{command} --dsn env:DATABASE_URL" for command in COMMANDS)
        said(install)
        assert "No cache reports" in said(status)
        assert said(invalidate).startswith("order:42 'org:*': dropped by whoever follows ")
        sql(*re.findall(r"`(SELECT plimsoll_changes.*?)`", GUIDE.read_text("utf-8")))
        assert sql("SELECT count(*) FROM plimsoll_changes.changelog WHERE tags && '{order:42,order:*}'") == "3"
        said("cache remove --dsn env:DATABASE_URL --yes")
        for role in missing:
            sql(f"DROP ROLE {role}")


def test_caches_are_told_and_tags_dropped(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with fresh_database(postgres_server) as name:

        def told(instance: str, report: CacheReport) -> str:
            text = json.dumps(report.to_json()).replace("'", "''")
            return f"SELECT plimsoll_changes.report('shop', '{instance}', '{text}')"

        def sql(*statements: str) -> str:
            return postgres_server.sql(*statements, database=name)

        monkeypatch.setenv("DATABASE_URL", postgres_server.dsn_of(name))
        Path("plimsoll.toml").write_text(PROD, encoding="utf-8")
        assert said("cache status --env prod", code=5).startswith("No changes are written down on ")
        with pytest.raises(RefusedError, match="there is no changelog"):
            said("cache invalidate order:1 --env prod --allow-protected prod --yes")
        sql("CREATE TABLE orders (id int)")
        said("cache install --table orders=order:{id} --env prod --allow-protected prod --yes")
        assert "No cache reports" in said("cache status --env prod")
        sql(told("a", FINE))
        line = "  shop a: 94.2 % of 1,000 reads are hits; 1.00 MiB of 8.00 MiB in 10 entries; at most 12.0 ms old; "
        assert line in said("cache status --env prod")
        sql("UPDATE plimsoll_changes.caches SET reported_at = reported_at - interval '12 s'")
        silent = re.compile(r"^    silent for (\d+) s: passing itself by, stopped, or gone$", re.MULTILINE)
        found = silent.search(said("cache status --env prod", code=5))
        assert found is not None
        assert int(found[1]) >= 12
        sql(f"SELECT plimsoll_changes.report('shop', 'a', '{CLOSED}')")
        assert "No cache reports" in said("cache status --env prod")
        sql(told("a", FINE))
        sql(told("b", replace(FINE, has_shared=True, shared_trouble="timed out")))
        assert "tier 2 is passed by: timed out" in said("cache status --env prod", code=5)
        sql(told("b", DEAF), told("c", STALE), "SELECT plimsoll_changes.report('shop', 'd', '{\"hits\": 3}')")
        lines = [line.strip() for line in said("cache status --env prod", code=5).splitlines()]
        assert "passed by, since what it holds may be too old: connection refused" in lines
        assert "tier 2 is passed by: timed out" in lines
        assert "the audit found 1 stale value: order:7" in lines
        assert any("shop d: no reads yet; 0 B of 0 B in 0 entries; follows no changes; rep" in line for line in lines)
        document = json.loads(said("cache status --env prod --json", code=5))
        assert [one["instance"] for one in document["caches"]] == ["a", "b", "c", "d"]
        with pytest.raises(RefusedError, match="the target is protected"):
            said("cache invalidate order:1 --env prod --yes")
        with pytest.raises(UsageError, match="nobody can be asked"):
            said("cache invalidate order:1 --env prod --allow-protected prod")
        with pytest.raises(UsageError, match="not a tag"):
            said("cache invalidate 'order 1' --env prod --allow-protected prod --yes")
        for listed in ("order:1, order:2", "order:1,order:2"):
            with pytest.raises(UsageError, match="has a comma, which would be part of the key"):
                said(f"cache invalidate {listed} --env prod --allow-protected prod --yes")
        slips = said("cache invalidate ordr:1 table:public.nope order:a,b --env prod --allow-protected prod --yes")
        assert "note: no watched table writes ordr:1 table:public.nope, and no cache is known to keep" in slips
        sql(told("e", CacheReport(families={"org": Uses(1)})))
        dropped = json.loads(said("cache invalidate order:1 'org:*' --env prod --allow-protected prod --yes --json"))
        assert sql("SELECT tags FROM plimsoll_changes.changelog ORDER BY xid DESC LIMIT 1") == "{order:1,org:*}"
        assert (dropped["tags"], dropped["unwritten"]) == (["order:1", "org:*"], [])


def test_a_reader_sees_what_is_watched_and_which_caches_report(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with fresh_database(postgres_server) as name:

        def sql(*statements: str) -> str:
            return postgres_server.sql(*statements, database=name)

        role = f"reader_{name}"
        sql(
            f"CREATE ROLE {role} LOGIN PASSWORD 'its'",
            "CREATE TABLE orders (id int)",
            "CREATE TABLE part () INHERITS (orders)",
        )
        owner = postgres_server.dsn_of(name)
        reader = re.sub("//.*@", f"//{role}:its@", owner)
        said(f"cache install --table orders=order:{{id}} --dsn {owner} --yes")
        for rights in ("SELECT", f"GRANT USAGE ON SCHEMA plimsoll_changes TO {role}"):
            sql(rights)
            with pytest.raises(RefusedError, match="what is watched cannot be told") as raised:
                said(f"cache status --dsn {reader}")
            assert "a superuser" in (raised.value.remedy or "")
            assert "--reader" in (raised.value.remedy or "")
        said(f"cache install --table orders=order:{{id}} --reader {role} --dsn {owner} --yes")
        lines = said(f"cache status --dsn {reader}").splitlines()
        assert "  public.orders=order:{id}" in lines
        assert any(line.startswith("No cache reports") for line in lines)
        assert "changes of the schema are told in their own transaction" in lines
        sql("DROP EVENT TRIGGER plimsoll_ddl")
        assert "later than changes of rows, since no superuser installed it" in said(f"cache status --dsn {reader}")
        found = json.loads(said(f"cache status --dsn {reader} --json"))
        assert (found["rows"], found["retain_s"], found["tables"][0]["drift"]) == (None, None, None)
        sql(f"DROP OWNED BY {role}", f"DROP ROLE {role}")
