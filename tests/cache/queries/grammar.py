"""Statements and changes made by chance, over few values, so that they meet often."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

SETUP = """
CREATE TABLE orders (id int PRIMARY KEY, org int, note text);
CREATE TABLE lines (order_id int, number smallint, name varchar, PRIMARY KEY (order_id, number));
CREATE TABLE parts (id bigint, org int, note text) PARTITION BY RANGE (id);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (MINVALUE) TO (2);
CREATE TABLE parts_high (note text, org int, id bigint);
ALTER TABLE parts ATTACH PARTITION parts_high FOR VALUES FROM (2) TO (MAXVALUE);
CREATE TABLE elders (id int, org int, note text);
CREATE TABLE young (more int) INHERITS (elders);
CREATE INDEX ON orders (org); CREATE INDEX ON parts (org); CREATE UNIQUE INDEX ON parts (id);
CREATE VIEW noted (org, id, note) AS SELECT o.id, o.org, o.note FROM orders o WHERE o.note IS NOT NULL;
CREATE VIEW swapped AS SELECT * FROM orders AS o(org, id, note);
CREATE VIEW joined AS SELECT o.id, l.number AS org, l.name AS note FROM orders o LEFT JOIN lines l ON l.order_id = o.id;
CREATE FUNCTION of_org(int) RETURNS SETOF orders LANGUAGE sql STABLE AS 'SELECT * FROM orders WHERE org = $1';
CREATE FUNCTION mine() RETURNS int LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('app.org', true), '')::int $$;
CREATE TABLE secret (id int PRIMARY KEY, org int, note text);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY; ALTER TABLE secret FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON secret USING (org = mine() OR EXISTS (SELECT FROM orders o WHERE o.id = secret.id AND o.org = 1));
"""
WATCHES = (
    "orders=order:{id},org:{org}",
    "lines=line:{order_id}/{number},name:{name}",
    "parts=part:{id}",
    "parts_high",
    "elders=elder:{org}",
    "secret=secret:{id},own:{org}",
)
TABLES = ("orders", "parts", "parts_high", "elders", "young", "secret")  # with id, org, note
SOURCES = (*TABLES, "noted", "swapped", "joined", "of_org(1)", "ONLY elders")
FILLED = ("orders", "parts", "elders", "young", "secret")
TURNED = ("orders", "parts", "elders", "young", "secret")  # in this order of columns
EMPTIED = "TRUNCATE orders, lines, parts, elders, young, secret"
GRANTS = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"


@dataclass
class Statement:
    """`parameters` are in order. Its rows have no order that counts."""

    sql: str = ""
    parameters: list[object] = field(default_factory=list)


class Grammar:
    """One statement's making; the same for the same Random."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.statement = Statement()
        self._aliases = 0

    def made(self) -> Statement:
        self.statement.sql = self._top()
        return self.statement

    def _top(self) -> str:
        form = self.random.choice(("plain", "plain", "plain", "union", "cte", "count", "grouped", "first", "window"))
        if form == "union":
            word = self.random.choice(("UNION", "UNION ALL", "EXCEPT", "INTERSECT"))
            return f"{self._select('id, org')} {word} {self._select('id, org')}"
        if form == "cte":
            kept = self.random.choice(("", "MATERIALIZED ", "NOT MATERIALIZED "))
            inner = self._select("id, org, note")
            return f"WITH c AS {kept}({inner}) SELECT * FROM c WHERE {self._condition(['c'], 1)}"
        if form == "count":
            return self._select("count(*), max(org), bool_or(note IS NULL)")
        if form == "first":
            return f"SELECT s.* FROM ({self._select('id, org, note')}) AS s ORDER BY s LIMIT {self._number()}"
        if form == "window":
            return self._select("DISTINCT org, count(*) OVER (PARTITION BY org), min(id) OVER ()")
        if form == "grouped":
            return f"{self._select('org, count(*)')} GROUP BY org HAVING count(*) >= {self._number()}"
        return self._select("*")

    def _select(self, columns: str) -> str:
        first = self._alias()
        if columns != "*" or self.random.random() < 0.4:
            bare = f"SELECT {columns} FROM {self._named(first)}"
            return f"{bare} WHERE {self._condition([first], 2)}"
        second = self._alias()
        join = self.random.choice(("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT JOIN LATERAL"))
        right = f"{self._lateral(first)} AS {second}" if "LATERAL" in join else self._named(second)
        on = f"{first}.{self._column()} = {second}.{self._column()}"
        if "FULL" not in join:
            more = self._condition([second], 1)
            on = f"{on} AND {more}" if self.random.random() < 0.7 else more
        tables = f"{self._named(first)} {join} {right} ON {on}"
        return f"SELECT {first}.id, {second}.* FROM {tables} WHERE {self._condition([first, second], 2)}"

    def _lateral(self, outer: str) -> str:
        where = self.random.choice((f"r.org = {outer}.id", "r.id = 1", f"r.id = {outer}.org"))
        return f"(SELECT * FROM {self._source()} AS r WHERE {where})"

    def _condition(self, aliases: Sequence[str], depth: int) -> str:
        alias = self.random.choice(list(aliases))
        forms: list[Callable[[], str]] = [
            lambda: f"{alias}.{self._column()} = {self._number()}",
            lambda: f"{alias}.{self._column()} = {self._number()}",
            lambda: f"{self._number()} = {alias}.{self._column()}",
            lambda: f"{alias}.id IN ({self._number()}, {self._number()})",
            lambda: f"{alias}.org = ANY ({self._parameter(self._values(), 'int[]')})",
            lambda: f"{alias}.{self._column()} IS NULL",
            lambda: f"{alias}.note = {self._parameter(self.random.choice(['a', 'b', 'A']), 'text')}",
            lambda: f"{alias}.id >= {self._number()}",
            lambda: f"{alias}.id = mine()",
            lambda: f"{alias}.org = current_setting('app.org', true)::int",
            lambda: "true",
        ]
        if depth:
            forms += [
                lambda: f"({self._condition(aliases, depth - 1)} AND {self._condition(aliases, depth - 1)})",
                lambda: f"({self._condition(aliases, depth - 1)} AND {self._condition(aliases, depth - 1)})",
                lambda: f"({self._condition(aliases, depth - 1)} OR {self._condition(aliases, depth - 1)})",
                lambda: f"NOT ({self._condition(aliases, depth - 1)})",
                lambda: self._subquery(alias, depth - 1),
                lambda: self._subquery(alias, depth - 1),
            ]
        return self.random.choice(forms)()

    def _subquery(self, outer: str, depth: int) -> str:
        inner = self._alias()

        def source() -> str:
            return f"FROM {self._named(inner)} WHERE {self._condition([inner], depth)}"

        def tied() -> str:
            return f"{source()} AND {inner}.{self._column()} = {outer}.{self._column()}"

        forms: tuple[Callable[[], str], ...] = (
            lambda: f"EXISTS (SELECT {tied()})",
            lambda: f"NOT EXISTS (SELECT {tied()})",
            lambda: f"{outer}.id NOT IN (SELECT {inner}.id {source()})",
            lambda: f"{outer}.org IN (SELECT {inner}.id {source()})",
            lambda: f"{outer}.id = (SELECT max({inner}.org) {source()})",
            lambda: f"(SELECT count(*) {tied()}) > 0",
            lambda: f"EXISTS (SELECT FROM lines AS l WHERE l.order_id = {self._number()} AND l.number = {outer}.id)",
            lambda: f"NOT EXISTS (SELECT FROM lines AS l WHERE l.order_id = {self._number()} AND l.number = 1)",
            lambda: f"EXISTS (SELECT FROM lines AS l WHERE l.name = {self._parameter('a', 'text')})",
        )
        return self.random.choice(forms)()

    def _alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases}"

    def _named(self, alias: str) -> str:
        """Sometimes with names for the columns that mean others."""
        source = self._source()
        turned = " (org, id, note)" if source in TURNED and self.random.random() < 0.3 else ""
        return f"{source} AS {alias}{turned}"

    def _source(self) -> str:
        return self.random.choice(SOURCES)

    def _column(self) -> str:
        return self.random.choice(("id", "id", "org"))

    def _value(self) -> int:
        return self.random.choice((0, 1, 2, 3))

    def _values(self) -> list[int]:
        return [self._value() for _ in range(self.random.randint(0, 3))]

    def _number(self) -> str:
        value = self._value()
        if self.random.random() < 0.4:
            return str(value)
        return self._parameter(value, self.random.choice(("int", "bigint")))

    def _parameter(self, value: object, kind: str) -> str:
        self.statement.parameters.append(value)
        return f"${len(self.statement.parameters)}::{kind}"


def filled(random: Random) -> str:
    """Some rows in every table."""
    rows = "INSERT INTO {} (id, org, note) SELECT g, nullif({}, 3), 'a' FROM generate_series(0, 3) g WHERE g <> {}"
    into = ";".join(rows.format(table, f"(g + {random.randint(0, 3)}) % 4", random.randint(0, 3)) for table in FILLED)
    return f"{into}; INSERT INTO lines SELECT g, g % 2, 'a' FROM generate_series(0, 2) g"


def change(random: Random) -> str:
    """One statement that may change rows; it may also break a key, and then changes nothing."""
    number: Callable[[], str] = lambda: random.choice(("0", "1", "2", "3"))  # noqa: E731
    maybe: Callable[[], str] = lambda: random.choice(("0", "1", "2", "3", "NULL"))  # noqa: E731
    note = random.choice(("'a'", "'b'", "NULL"))
    if random.random() < 0.25:
        return random.choice((
            f"INSERT INTO lines VALUES ({number()}, {number()}, {note}) ON CONFLICT DO NOTHING",
            f"UPDATE lines SET name = {note}, order_id = {number()} WHERE number = {number()}",
            f"DELETE FROM lines WHERE order_id = {number()}",
        ))  # fmt: skip
    table = random.choice(TABLES)
    return random.choice((
        f"INSERT INTO {table} (id, org, note) VALUES ({number()}, {maybe()}, {note})",
        f"INSERT INTO {table} (id, org, note) VALUES ({number()}, {maybe()}, {note})",
        f"UPDATE {table} SET org = {maybe()}, note = {note} WHERE id = {number()}",
        f"UPDATE {table} SET id = {number()} WHERE org = {number()}",
        f"UPDATE {table} SET org = {maybe()} WHERE id = {number()}",
        f"DELETE FROM ONLY {table} WHERE id = {number()}",
        f"TRUNCATE {table}" if random.random() < 0.2 else f"DELETE FROM {table} WHERE org IS NULL",
    ))  # fmt: skip
