"""SQL as a row of tokens."""

from plimsoll.core.sql.tokens import names_of, parameters, renumbered, strings, tokens, without_comments

HARD = """SELECT "a$1", b$2, $3, E'it\\'s $4', 'x''$5', $q$ $6 $q$, $$ $9 $$, /* $7 */ $10 -- $8"""


def test_only_parameters_outside_of_names_strings_and_comments_are_such() -> None:
    assert parameters(HARD) == [3, 10]
    assert renumbered(HARD) == (HARD.replace("$3", "$1").replace("$10", "$2"), [3, 10])
    assert "".join(token.text for token in tokens(HARD)) == HARD


def test_comments_go_and_hints_stay() -> None:
    assert without_comments("/* by bob */ SELECT /*+ SeqScan(t) */ 1 -- x") == "SELECT /*+ SeqScan(t) */ 1"
    assert strings(HARD) == ["E'it\\'s $4'", "'x''$5'", "$q$ $6 $q$", "$$ $9 $$"]


def test_names_are_told_with_and_without_quotes() -> None:
    assert names_of("""SELECT "a ""b", 'c' FROM D.e -- f""") == {"SELECT", 'a "b', "FROM", "D", "e"}


def test_what_has_no_end_reaches_to_that_of_the_text_and_takes_no_longer_than_other_text() -> None:
    assert [token.kind for token in tokens("a $t$ b $u$ $1")] == ["word", "space", "string"]
    assert [token.kind for token in tokens("a /* b /* $1")] == ["word", "space", "comment"]
    many = " ".join(f"$t{number}$" for number in range(30_000))  # each sought to the end would take minutes
    assert [token.text for token in tokens(many)] == [many]
