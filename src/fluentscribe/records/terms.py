"""The glossary of a project."""

from typing import Any
from uuid import UUID

COLUMNS = "id, source_term, target_term, forbidden, case_sensitive, created_at"
OF_PROJECT = f"SELECT {COLUMNS} FROM project_terms WHERE project_id = $1"
LIST = f"{OF_PROJECT} AND ($2::bigint IS NULL OR id > $2) ORDER BY id LIMIT $3"
FIND = f"{OF_PROJECT} AND id = $2"
COUNT = "SELECT count(*) FROM project_terms WHERE project_id = $1"
CREATE = f"""
INSERT INTO project_terms (organization_id, project_id, source_term, target_term, forbidden, case_sensitive)
VALUES (app_organization_id(), $1, $2, $3, $4, $5) RETURNING {COLUMNS}
"""
REMOVE = f"DELETE FROM project_terms WHERE project_id = $1 AND id = $2 RETURNING {COLUMNS}"


async def listed(db: Any, project: UUID, after: int | None, limit: int) -> list[Any]:
    """One more than `limit`, oldest first."""
    rows: list[Any] = await db.fetch(LIST, project, after, limit + 1)
    return rows
