"""What stands in on a copy for what its server does not have: functions of two extensions, and orders of text. Pure.

Both extensions are everywhere, mostly for a column's default, and need libraries that not every build has.
"""

import re
from collections.abc import Mapping
from typing import Final

from plimsoll.core.identifiers import quote_identifier
from plimsoll.tune.cloning.dump_text import Entry

_UUID: Final = """
CREATE FUNCTION {s}.uuid_nil() RETURNS uuid IMMUTABLE LANGUAGE sql
    RETURN '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid;
CREATE FUNCTION {s}.uuid_ns_dns() RETURNS uuid IMMUTABLE LANGUAGE sql
    RETURN '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::pg_catalog.uuid;
CREATE FUNCTION {s}.uuid_ns_url() RETURNS uuid IMMUTABLE LANGUAGE sql
    RETURN '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::pg_catalog.uuid;
CREATE FUNCTION {s}.uuid_ns_oid() RETURNS uuid IMMUTABLE LANGUAGE sql
    RETURN '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::pg_catalog.uuid;
CREATE FUNCTION {s}.uuid_ns_x500() RETURNS uuid IMMUTABLE LANGUAGE sql
    RETURN '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::pg_catalog.uuid;
CREATE FUNCTION {s}.uuid_generate_v1() RETURNS uuid LANGUAGE sql RETURN pg_catalog.gen_random_uuid();
CREATE FUNCTION {s}.uuid_generate_v1mc() RETURNS uuid LANGUAGE sql RETURN pg_catalog.gen_random_uuid();
CREATE FUNCTION {s}.uuid_generate_v4() RETURNS uuid LANGUAGE sql RETURN pg_catalog.gen_random_uuid();
CREATE FUNCTION {s}.uuid_generate_v3(namespace uuid, name text) RETURNS uuid IMMUTABLE STRICT LANGUAGE sql
    RETURN pg_catalog.md5(namespace::text || name)::pg_catalog.uuid;
CREATE FUNCTION {s}.uuid_generate_v5(namespace uuid, name text) RETURNS uuid IMMUTABLE STRICT LANGUAGE sql
    RETURN pg_catalog.md5(name || namespace::text)::pg_catalog.uuid;
"""
_CRYPTO: Final = """
CREATE FUNCTION {s}.gen_random_uuid() RETURNS uuid LANGUAGE sql RETURN pg_catalog.gen_random_uuid();
CREATE FUNCTION {s}.gen_random_bytes(integer) RETURNS bytea STRICT LANGUAGE sql
    RETURN (SELECT pg_catalog.substring(pg_catalog.string_agg(one, ''), 1, $1)
            FROM (SELECT pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) AS one
                  FROM pg_catalog.generate_series(1, $1 / 16 + 1)) AS many);
CREATE FUNCTION {s}.digest(bytea, text) RETURNS bytea IMMUTABLE STRICT LANGUAGE plpgsql AS $body$
BEGIN
    CASE pg_catalog.lower($2)
        WHEN 'md5' THEN RETURN pg_catalog.decode(pg_catalog.md5($1), 'hex');
        WHEN 'sha224' THEN RETURN pg_catalog.sha224($1);
        WHEN 'sha256' THEN RETURN pg_catalog.sha256($1);
        WHEN 'sha384' THEN RETURN pg_catalog.sha384($1);
        WHEN 'sha512' THEN RETURN pg_catalog.sha512($1);
    END CASE;
END $body$;
CREATE FUNCTION {s}.digest(text, text) RETURNS bytea IMMUTABLE STRICT LANGUAGE sql
    RETURN {s}.digest(pg_catalog.convert_to($1, 'UTF8'), $2);
"""
_MISSING: Final = """
CREATE FUNCTION {s}.{name} RETURNS {returns} {volatility} STRICT LANGUAGE plpgsql AS $body$
BEGIN RAISE 'the copy is without the extension pgcrypto'; END $body$;
"""
_NOT_STOOD_IN_FOR: Final = (
    ("crypt(text, text)", "text", "IMMUTABLE"),
    ("gen_salt(text)", "text", "VOLATILE"),
    ("gen_salt(text, integer)", "text", "VOLATILE"),
    ("hmac(text, text, text)", "bytea", "IMMUTABLE"),
    ("hmac(bytea, bytea, text)", "bytea", "IMMUTABLE"),
    ("encrypt(bytea, bytea, text)", "bytea", "IMMUTABLE"),
    ("decrypt(bytea, bytea, text)", "bytea", "IMMUTABLE"),
    ("pgp_sym_encrypt(text, text)", "bytea", "VOLATILE"),
    ("pgp_sym_encrypt(text, text, text)", "bytea", "VOLATILE"),
    ("pgp_sym_decrypt(bytea, text)", "text", "IMMUTABLE"),
    ("pgp_sym_decrypt(bytea, text, text)", "text", "IMMUTABLE"),
)
STOOD_IN_FOR: Final[Mapping[str, str]] = {
    "uuid-ossp": _UUID,
    "pgcrypto": _CRYPTO
    + "".join(
        _MISSING.replace("{name}", name).replace("{returns}", returns).replace("{volatility}", volatility)
        for name, returns, volatility in _NOT_STOOD_IN_FOR
    ),
}
BY_CODE_POINT: Final = "(provider = libc, locale = 'C.UTF-8')"

_SCHEMA: Final = re.compile(r"WITH SCHEMA (.+);")
_COLLATION: Final = re.compile(r"CREATE COLLATION (?:IF NOT EXISTS )?(.+?) \(")


def extension_stood_in(entry: Entry) -> Entry:
    """The functions in place of the extension, in its schema."""
    found = _SCHEMA.search(entry.sql)
    schema = found[1] if found else "public"
    return Entry("EXTENSION", entry.schema, entry.name, STOOD_IN_FOR[entry.name].replace("{s}", schema))


def stands_in(entry: Entry) -> str | None:
    """SQL for what could not be created as it is: a collation of a kind that the server was built without."""
    found = _COLLATION.search(entry.sql) if entry.kind == "COLLATION" else None
    return None if found is None else f"CREATE COLLATION {found[1]} {BY_CODE_POINT}"


def system_collation(name: str) -> str:
    """SQL for one that servers have from the system they were built for."""
    return f"CREATE COLLATION pg_catalog.{quote_identifier(name)} {BY_CODE_POINT}"
