"""In which project a thing of a path is: its roles are those that count."""

# By the name of the path's parameter: its project, and its session where the thing is within one. Under row-level
# security a thing of another organization has no project.
PROJECT_OF = {
    "project_id": "SELECT id AS project_id, NULL::uuid AS session_id FROM projects WHERE id = $1",
    "upload_id": "SELECT project_id, NULL::uuid AS session_id FROM file_uploads WHERE id = $1",
    "session_id": "SELECT project_id, id AS session_id FROM qa_sessions WHERE id = $1",
    "segment_id": (
        "SELECT s.project_id, s.id AS session_id FROM qa_segments g JOIN qa_sessions s ON s.id = g.session_id"
        " WHERE g.id = $1"
    ),
    "error_id": (
        "SELECT s.project_id, s.id AS session_id FROM qa_errors e JOIN qa_sessions s ON s.id = e.session_id"
        " WHERE e.id = $1"
    ),
    "review_id": (
        "SELECT s.project_id, s.id AS session_id FROM reviews r JOIN qa_sessions s ON s.id = r.session_id"
        " WHERE r.id = $1"
    ),
}
