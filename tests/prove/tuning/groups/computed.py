"""Indexes on expressions, and classes of operators."""

from tests.prove.tuning.cases import Asked, Case, any_of, on

USERS = """
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text NOT NULL, born timestamp NOT NULL,
                    data jsonb NOT NULL);
INSERT INTO users SELECT i, 'User' || i || '@Example.org', 'name ' || md5(i::text),
    timestamp '1950-01-01' + (i % 20000) * interval '1 day',
    jsonb_build_object('code', 'c' || i, 'kind', i % 3) FROM generate_series(1, 60000) i;
"""

CASES = (
    Case(
        "expression/lower", USERS,
        [Asked("SELECT * FROM users WHERE lower(email) = $1", bindings=[["'user17@example.org'"]])],
        any_of(on("users", "(lower(email))")),
        {on("users", "email"): "its keys are not in lower case"},
    ),
    Case(
        "expression/jsonb-rare-key", USERS,
        [Asked("SELECT id FROM users WHERE data ->> 'code' = $1", bindings=[["'c4711'"]])],
        any_of(on("users", "((data ->> 'code'::text))")),
        {on("users", "data", method="gin"): "->> is no operator of its class"},
    ),
    Case(
        "expression/date-of-timestamp", USERS,
        [Asked("SELECT id FROM users WHERE born::date = $1", bindings=[["'1970-05-05'"]])],
        any_of(on("users", "((born::date))")),
        {on("users", "born"): "the statement asks for a computed value"},
        fine=frozenset({"rewrite:function-on-column"}),
    ),
    Case(
        "expression/prefix", USERS,
        [Asked("SELECT id FROM users WHERE name LIKE $1", bindings=[["'name abc%'"]])],
        any_of(on("users", "name:text_pattern_ops"), on("users", "name:text_pattern_ops", include=("id",)),
               on("users", "name")),  # the cases' server orders texts by their bytes
    ),
)  # fmt: skip
