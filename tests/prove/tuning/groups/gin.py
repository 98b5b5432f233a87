"""GIN: documents, arrays, words and parts of words."""

from tests.prove.tuning.cases import Asked, Case, any_of, on

DOCUMENTS = """
CREATE EXTENSION pg_trgm;
CREATE TABLE documents (id bigint PRIMARY KEY, tags int[] NOT NULL, data jsonb NOT NULL, title text NOT NULL);
INSERT INTO documents SELECT i, ARRAY[(random() * 3000)::int, (random() * 3000)::int],
    jsonb_build_object('sku', i % 5000, 'kind', i % 3), md5(i::text) || ' ' || md5((i / 7)::text)
    FROM generate_series(1, 40000) i;
"""

CASES = (
    Case(
        "gin/jsonb-contains", DOCUMENTS,
        [Asked("SELECT id FROM documents WHERE data @> $1", bindings=[["'{\"sku\": 77}'"]])],
        any_of(on("documents", "data", method="gin"), on("documents", "data:jsonb_path_ops", method="gin")),
        {on("documents", "data"): "a B-tree knows no containment"},
    ),
    Case(
        "gin/array-contains", DOCUMENTS,
        [Asked("SELECT id FROM documents WHERE tags @> ARRAY[$1::int]", bindings=[["77"], ["2100"]])],
        any_of(on("documents", "tags", method="gin")),
        {on("documents", "tags"): "a B-tree knows no containment"},
    ),
    Case(
        "gin/full-text", DOCUMENTS,
        [Asked("SELECT id FROM documents WHERE to_tsvector('english', title) @@ to_tsquery('english', $1)", 20,
               bindings=[["'c4ca4238a0b923820dcc509a6f75849b'"]])],
        any_of(on("documents", "(to_tsvector('english'::regconfig, title))", method="gin")),
        {on("documents", "title"): "a B-tree knows no words"},
    ),
    Case(
        "gin/trigram-contains", DOCUMENTS,
        [Asked("SELECT id FROM documents WHERE title LIKE $1", bindings=[["'%a0b92382%'"]])],
        any_of(on("documents", "title:gin_trgm_ops", method="gin")),
        {on("documents", "title:text_pattern_ops"): "the pattern begins with anything"},
    ),
    Case(
        "gin/trigram-without-the-extension", DOCUMENTS.replace("CREATE EXTENSION pg_trgm;", ""),
        [Asked("SELECT id FROM documents WHERE title ILIKE $1", bindings=[["'%A0B92382%'"]])],
        any_of(on("documents", "title:gin_trgm_ops", method="gin")),
        {on("documents", "title:text_pattern_ops"): "the pattern begins with anything"},
    ),
)  # fmt: skip
