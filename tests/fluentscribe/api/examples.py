"""What each route that takes a body is sent in the table of rights; `{name}` in a text is a fresh thing's key.

A route without an entry here fails: it would be refused for its body, and nobody would know who may use it.
"""

from typing import Any

from tests.fluentscribe.api.handing_in import CSV, KIND, multipart

BODIES: dict[tuple[str, str], Any] = {
    ("PATCH", "/organizations/{organization_id}"): {"name": "Ours"},
    ("POST", "/organizations/{organization_id}/members"): {"email": "{stranger_id}"},
    ("PATCH", "/organizations/{organization_id}/members/{profile_id}"): {"role": "auditor"},
    ("POST", "/projects"): {"name": "Manual", "source_language": "en", "target_language": "fr"},
    ("PATCH", "/projects/{project_id}"): {"priority": "high"},
    ("PUT", "/projects/{project_id}/members/{profile_id}"): {"role": "reviewer"},
    ("POST", "/projects/{project_id}/terms"): {"source_term": "file", "target_term": "Datei"},
    ("POST", "/feedback"): {"category": "idea", "message": "More of it"},
    ("POST", "/activity"): {"what": "project", "id": "1"},
    ("PATCH", "/sessions/{session_id}"): {"assignee_id": "{profile_id}"},
    ("POST", "/sessions/{session_id}/assign"): {"assignee_id": "{profile_id}"},
    ("PATCH", "/segments/{segment_id}"): {"target": "Die Datei", "state": "reviewed"},
    ("POST", "/sessions/{session_id}/errors"): {
        "segment_id": "{own_segment_id}",
        "dimension": "style",
        "type": "awkward",
    },
    ("PATCH", "/errors/{error_id}"): {"severity": "major"},
    ("POST", "/sessions/{session_id}/errors/decide"): {"filter": {"severity": "minor"}, "status": "confirmed"},
    ("POST", "/sessions/{session_id}/reviews"): {"reviewer_id": "{reviewer_id}"},
    ("POST", "/reviews/{review_id}/decide"): {"verdict": "approved"},
    ("POST", "/projects/{project_id}/sessions"): {"upload_id": "{upload_id}"},
}
# Bodies that are no JSON: their type, and their bytes.
RAW: dict[tuple[str, str], tuple[str, bytes]] = {
    ("POST", "/projects/{project_id}/uploads"): (KIND, multipart(("manual.csv", CSV)))
}
# Routes that ask for more than a role: those who have it may still be refused, as the words say.
PERSONAL: dict[tuple[str, str], str] = {
    ("PATCH", "/errors/{error_id}"): "linguists change what they reported themselves",
    ("POST", "/reviews/{review_id}/decide"): "whoever was asked decides",
}
# Needed beyond path and body.
QUERIES: dict[tuple[str, str], str] = {("GET", "/search/segments"): "?q=datei"}
