"""The table of rights: for each action, which roles in the organization and which in the project allow it."""

from dataclasses import dataclass
from enum import StrEnum

OWNER, ADMIN, MEMBER, AUDITOR = ORGANIZATION_ROLES = ("owner", "admin", "member", "auditor")
MANAGER, REVIEWER, LINGUIST, VIEWER = PROJECT_ROLES = ("manager", "reviewer", "linguist", "viewer")

_EVERYBODY = frozenset(ORGANIZATION_ROLES)
_ADMINS = frozenset({OWNER, ADMIN})
_WORKERS = frozenset({OWNER, ADMIN, MEMBER})
_LOGS = frozenset({OWNER, ADMIN, AUDITOR})
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """Roles that allow an action. A project's roles count for members of its organization who are no auditors."""

    organization: frozenset[str]
    project: frozenset[str] = _NOBODY
    writes: bool = False


class Action(StrEnum):
    """What a route does; every route names one. PUBLIC ones need no login, SELF ones are for any person."""

    PUBLIC = "public"
    SELF = "self"
    READ_ORGANIZATION = "read organization"
    CHANGE_ORGANIZATION = "change organization"
    READ_MEMBERS = "read members"
    CHANGE_MEMBERS = "change members"
    READ_LOGS = "read logs"
    READ_ACTIVITY = "read activity"
    ADD_ACTIVITY = "add activity"
    LIST_PROJECTS = "list projects"
    CREATE_PROJECT = "create project"
    READ_PROJECT = "read project"
    CHANGE_PROJECT = "change project"
    DELETE_PROJECT = "delete project"
    CHANGE_PROJECT_MEMBERS = "change project members"
    CHANGE_TERMS = "change terms"
    UPLOAD = "upload"
    DELETE_UPLOAD = "delete upload"
    CREATE_SESSION = "create session"
    ANALYZE = "analyze"
    ASSIGN = "assign"
    DELETE_SESSION = "delete session"
    EDIT_SEGMENT = "edit segment"
    REPORT_ERROR = "report error"
    DECIDE_ERROR = "decide error"
    ASSESS = "assess"
    ASK_REVIEW = "ask for review"
    REVIEW = "review"
    GIVE_FEEDBACK = "give feedback"
    READ_FEEDBACK = "read feedback"
    READ_REPORTS = "read reports"
    PUBLISH_REPORT = "publish report"
    SEARCH = "search"
    EXPORT = "export"


_READERS = frozenset(PROJECT_ROLES)
_MANAGERS = frozenset({MANAGER})
_REVIEWERS = frozenset({MANAGER, REVIEWER})
_LINGUISTS = frozenset({MANAGER, LINGUIST})
_HANDS = frozenset({MANAGER, REVIEWER, LINGUIST})

RULES: dict[Action, Rule] = {
    Action.READ_ORGANIZATION: Rule(_EVERYBODY),
    Action.CHANGE_ORGANIZATION: Rule(_ADMINS, writes=True),
    Action.READ_MEMBERS: Rule(_EVERYBODY),
    Action.CHANGE_MEMBERS: Rule(_ADMINS, writes=True),
    Action.READ_LOGS: Rule(_LOGS),
    Action.READ_ACTIVITY: Rule(_LOGS),
    Action.ADD_ACTIVITY: Rule(_WORKERS, writes=True),
    Action.LIST_PROJECTS: Rule(_WORKERS),
    Action.CREATE_PROJECT: Rule(_WORKERS, writes=True),
    Action.READ_PROJECT: Rule(_ADMINS, _READERS),
    Action.CHANGE_PROJECT: Rule(_ADMINS, _MANAGERS, writes=True),
    Action.DELETE_PROJECT: Rule(_ADMINS, writes=True),
    Action.CHANGE_PROJECT_MEMBERS: Rule(_ADMINS, _MANAGERS, writes=True),
    Action.CHANGE_TERMS: Rule(_ADMINS, _REVIEWERS, writes=True),
    Action.UPLOAD: Rule(_ADMINS, _LINGUISTS, writes=True),
    Action.DELETE_UPLOAD: Rule(_ADMINS, _MANAGERS, writes=True),
    Action.CREATE_SESSION: Rule(_ADMINS, _LINGUISTS, writes=True),
    Action.ANALYZE: Rule(_ADMINS, _HANDS, writes=True),
    Action.ASSIGN: Rule(_ADMINS, _REVIEWERS, writes=True),
    Action.DELETE_SESSION: Rule(_ADMINS, _MANAGERS, writes=True),
    Action.EDIT_SEGMENT: Rule(_ADMINS, _HANDS, writes=True),
    Action.REPORT_ERROR: Rule(_ADMINS, _HANDS, writes=True),
    Action.DECIDE_ERROR: Rule(_ADMINS, _REVIEWERS, writes=True),
    Action.ASSESS: Rule(_ADMINS, _REVIEWERS, writes=True),
    Action.ASK_REVIEW: Rule(_ADMINS, _HANDS, writes=True),
    Action.REVIEW: Rule(_ADMINS, _REVIEWERS, writes=True),
    Action.GIVE_FEEDBACK: Rule(_WORKERS, writes=True),
    Action.READ_FEEDBACK: Rule(_ADMINS),
    Action.READ_REPORTS: Rule(_ADMINS, _READERS),
    Action.PUBLISH_REPORT: Rule(_ADMINS, _MANAGERS, writes=True),
    Action.SEARCH: Rule(_WORKERS),
    Action.EXPORT: Rule(_ADMINS, _READERS),
}
