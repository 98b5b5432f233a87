"""A bank of accounts, as pgbench has it: 70 % look an account up, 30 % move money between a teller and an account."""

from typing import Any

from plimsoll import feed, journey, setup

ACCOUNTS_PER_BRANCH = 100_000
TELLERS_PER_BRANCH = 10

accounts = feed.sql("SELECT aid FROM accounts ORDER BY aid").zipf(0.6)
tellers = feed.sql("SELECT tid, bid FROM tellers")
amounts = feed.range(-5_000, 5_000)


@setup
async def prepare(run: Any) -> dict[str, int]:
    """Makes the tables unless they are there."""
    if (await run.sql("SELECT to_regclass('accounts') AS there"))[0]["there"] is None:
        for statement in TABLES:
            await run.sql(statement)
    return {"branches": 1}


@journey(weight=70)
async def look_up(user: Any) -> None:
    rows = await user.sql("look up account", "SELECT abalance FROM accounts WHERE aid = $1", accounts)
    user.check("one row", len(rows) == 1)


@journey(weight=30, writes=True)
async def transfer(user: Any) -> None:
    account, amount, (teller, branch) = user.draw(accounts), user.draw(amounts), user.draw(tellers)
    async for tx in user.transaction("transfer", retries=3):
        async with tx:
            await tx.execute("UPDATE accounts SET abalance = abalance + $1 WHERE aid = $2", amount, account)
            await tx.execute("UPDATE tellers SET tbalance = tbalance + $1 WHERE tid = $2", amount, teller)
            await tx.execute("UPDATE branches SET bbalance = bbalance + $1 WHERE bid = $2", amount, branch)
            await tx.execute(
                "INSERT INTO history (tid, bid, aid, delta) VALUES ($1, $2, $3, $4)", teller, branch, account, amount
            )


TABLES = (
    "CREATE TABLE branches (bid int PRIMARY KEY, bbalance bigint NOT NULL) WITH (fillfactor = 50)",
    "CREATE TABLE tellers (tid int PRIMARY KEY, bid int NOT NULL, tbalance bigint NOT NULL) WITH (fillfactor = 50)",
    "CREATE TABLE accounts (aid int PRIMARY KEY, bid int NOT NULL, abalance bigint NOT NULL, filler char(84) NOT NULL)",
    "CREATE TABLE history (tid int, bid int, aid int, delta bigint, at timestamptz DEFAULT now())",
    "INSERT INTO branches SELECT b, 0 FROM generate_series(1, 4) b",
    "INSERT INTO tellers SELECT t, 1 + (t - 1) / 10, 0 FROM generate_series(1, 40) t",
    "INSERT INTO accounts SELECT a, 1 + (a - 1) / 100000, 0, '' FROM generate_series(1, 400000) a",
    "VACUUM ANALYZE branches",
    "VACUUM ANALYZE tellers",
    "VACUUM ANALYZE accounts",
)
