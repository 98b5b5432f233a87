"""A file of SQL is split where the server's own client splits it."""

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.tune.workload.splitting import split

WHOLE = (
    "SELECT 1", "SELECT ';', E'\\';', 'it''s;'", 'SELECT "a;b" FROM t', "SELECT $$;$$, $q$ ; $$ $q$",
    "SELECT a$b$c FROM t", "UPDATE t SET a = (SELECT 1)", "SELECT CASE WHEN a THEN 1 END FROM t",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "SELECT /*+ SeqScan(t) */ 1", "SELECT 'ü' -- x",
)  # fmt: skip


def texts(sql: str) -> list[str]:
    return [one.text for one in split(sql).statements]


@given(st.lists(st.sampled_from(WHOLE), max_size=6), st.sampled_from([";", " ;\n", ";;\n\n", "; -- b;\n", ";/* a; */"]))
def test_what_was_joined_is_split_again(statements: list[str], between: str) -> None:
    joined = "".join(f"{one}\n{between}" for one in statements)
    assert texts(joined) == [one.removesuffix(" -- x") for one in statements]


@given(st.text(alphabet="a1$'\"-/*;\\\n():eE BEGINcopyfromstdin.", max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    found = split(text)
    assert all(one.text.strip() and one.line >= 1 for one in found.statements)


def test_comments_nest_and_belong_to_the_statement_beside_them() -> None:
    found = split("-- one\n/* a /* b; */ c; */ SELECT 1; -- behind\n\nSELECT -- within\n2")
    assert [(one.text, one.line, one.comments) for one in found.statements] == [
        ("SELECT 1", 2, ("-- one", "/* a /* b; */ c; */", "-- behind")), ("SELECT  \n2", 4, ("-- within",)),
    ]  # fmt: skip


def test_backslash_commands_are_no_statements() -> None:
    found = split("\\set aid random(1, 10)\nSELECT :aid;\nSELECT 1 \\gset\nSELECT 2\\;SELECT 3;\n  \\echo done; x\n")
    assert [one.text for one in found.statements] == ["SELECT :aid", "SELECT 1", "SELECT 2", "SELECT 3"]
    assert found.commands == [1, 3, 5]


def test_rows_of_a_copy_are_no_statements() -> None:
    assert texts("COPY t (a) FROM stdin;\n1;2\n\\.\nSELECT 1;") == ["COPY t (a) FROM stdin", "SELECT 1"]


def test_what_has_no_end_is_told() -> None:
    found = split("SELECT 1;\n\nSELECT 'open; SELECT 2;")
    assert [one.text for one in found.statements] == ["SELECT 1", "SELECT 'open; SELECT 2;"]
    assert found.unended == "the string that begins in line 3 has no end"
    assert split("/*" * 100_000).unended.startswith("the comment")
