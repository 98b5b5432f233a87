"""Whether a database can be copied as a template by whom we connect as, and what its copies are called."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from plimsoll.core.identifiers import NAME_BYTES_MAX

SIDE_DOORS: Final = ("postgres", "template1")  # where to stand while a database is copied: it must be empty of sessions

STANDING: Final = """
SELECT r.rolsuper AS superuser, r.rolcreatedb AS creates, pg_has_role(d.datdba, 'USAGE') AS owner,
       d.datistemplate AS template, current_setting('server_version_num')::int AS version,
       EXISTS (SELECT 1 FROM pg_replication_slots s WHERE s.database = d.datname) AS slots,
       EXISTS (SELECT 1 FROM pg_prepared_xacts x WHERE x.database = d.datname) AS prepared,
       EXISTS (SELECT 1 FROM pg_subscription b WHERE b.subdbid = d.oid) AS subscriptions
FROM pg_database d, pg_roles r WHERE d.datname = $1 AND r.rolname = current_user
"""


def copy_name(database: str, what: str) -> str:
    """The name of a copy beside the database: within the server's length, and not another database's."""
    name = f"{database}_plimsoll_{what}"
    if len(name.encode()) <= NAME_BYTES_MAX:
        return name
    digest = hashlib.sha256(database.encode()).hexdigest()[:12]
    return f"plimsoll_{what}_{digest}"


def copying_obstacles(standing: Mapping[str, Any] | None) -> list[str]:
    """Why a database cannot be copied as a template by this role; empty where it can."""
    if standing is None:
        return ["there is no such database"]
    may = standing["superuser"] or (standing["creates"] and (standing["owner"] or standing["template"]))
    known = {
        "the role is neither superuser nor owner of the database with CREATEDB": not may,
        "it has prepared transactions": standing["prepared"],
    }
    return [why for why, holds in known.items() if holds]


def obstacles(standing: Mapping[str, Any] | None) -> list[str]:
    """Why a database cannot be copied and made anew by this role; empty where it can."""
    if standing is None:
        return ["there is no such database"]
    may = standing["superuser"] or (standing["creates"] and standing["owner"])
    known = {
        "the role is neither superuser nor owner of the database with CREATEDB": not may,
        "it is a template database": standing["template"],
        "it has replication slots": standing["slots"],
        "it has subscriptions": standing["subscriptions"],
        "it has prepared transactions": standing["prepared"],
    }
    return [why for why, holds in known.items() if holds]
