"""Who calls, and whether they may: every route depends on `May(action)` and works within `caller.begin()`."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from fluentscribe.accounts.tokens import Access, BadToken, read_access
from fluentscribe.api.carrying import carried_by, remember
from fluentscribe.api.problems import Problem, forbidden, not_found
from fluentscribe.api.standing import Asking, LoginEnded, Membership, NotThere, Reader
from fluentscribe.api.state import State, state_of
from fluentscribe.database.pool import acting
from fluentscribe.permissions.deciding import Standing, decide
from fluentscribe.permissions.rules import ADMIN, AUDITOR, OWNER, Action
from fluentscribe.permissions.scopes import PROJECT_OF

_bearer = HTTPBearer(auto_error=False, description="An access token of POST /api/v1/auth/login")

LOG_IN_AGAIN = "log in again"
NOWHERE = Standing(None)
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  # of nobody; nothing listens there


# Who changes rights must have theirs at that very moment: what was kept is not enough.
STRICT = frozenset({Action.SELF, Action.CHANGE_ORGANIZATION, Action.CHANGE_MEMBERS, Action.CHANGE_PROJECT_MEMBERS})
# Of these it is known here at once what they changed: a login that was ended, a role that was given or taken away.
REVOKING = STRICT | {Action.CREATE_PROJECT}


@dataclass(slots=True)
class Caller:
    """A person with a good access token who wants to do `action`; whether they may is decided in `begin`.

    `thing` is the path's parameter that says in which project, with its value. `standing` is known once they began.
    `after` is the token of a change that they have made, `wrote` that of the one they are making, once it is known.
    """

    profile: UUID
    login: UUID
    organization: UUID | None
    action: Action
    thing: tuple[str, Any] | None
    address: str
    state: State
    request: Request
    after: str | None = None
    standing: Standing = NOWHERE
    wrote: str | None = None

    @property
    def runs_organization(self) -> bool:
        """Owners and admins are not bound to the projects that they are in."""
        return self.standing.organization_role in (OWNER, ADMIN)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        """A transaction on the caller's behalf. Raises Problem where they may not do this."""
        changes = self.request.method != "GET"
        wait_s = self.state.settings.pool_wait_s
        # What changes something begins with what the path names, so that a plan for any values is as good as another.
        async with acting(self.state.pool, self.organization, self.profile, wait_s, one_plan=changes) as db:
            await self._stand(partial(nullcontext, db), strict=changes and self.action in STRICT)
            yield db
            if changes:
                await remember(self.request, self.state, db, self.wrote)
        if changes and self.action in REVOKING and self.state.caching is not None:
            self.state.caching.rights.changed(self.organization, self.profile)

    async def stand(self) -> None:
        """Decides as `begin` does, for what is no change of rights. Where all is kept that it takes, no transaction is
        begun. Raises Problem where they may not do this."""
        caching = self.state.caching
        if caching is None:
            async with self.begin():
                return
        wait_s = self.state.settings.pool_wait_s
        await self._stand(partial(acting, caching.pool, self.organization, self.profile, wait_s), strict=False)

    def asks(self, reader: Reader, *, strict: bool = False) -> Asking:
        """Where `strict`, all is asked of the database."""
        return Asking(None if strict else self.state.caching, self.profile, self.login, self.organization, reader)

    async def membership(self, asking: Asking) -> Membership:
        """Raises Problem where the login has ended."""
        try:
            return await asking.membership()
        except LoginEnded:
            raise unauthorized("this login has ended", LOG_IN_AGAIN) from None

    async def permit(self, asking: Asking, project: UUID | None = None) -> None:
        """Raises Problem where somebody of this standing may not do this."""
        if self.action is not Action.SELF and not await asking.may(self.action, project):
            _permit(self.action, self.standing)

    async def _stand(self, reader: Reader, *, strict: bool) -> None:
        asking = self.asks(reader, strict=strict)
        with self.seeing():
            found = await self.membership(asking)
            project = None if found.role is None else await self.project(asking, found.role)
            in_project = None if project is None else await asking.project_role(project)
            self.standing = Standing(found.role, in_project, found.status)
            await self.permit(asking, project)

    async def project(self, asking: Asking, role: str) -> UUID | None:
        """Where the roles in a project count, which one that is. Raises Problem where the thing is not there."""
        if self.thing is None or role == AUDITOR:  # to whom no work is shown
            return None
        try:
            return await asking.project_of(*self.thing)
        except NotThere:
            raise self.lacking() from None

    def lacking(self) -> Problem:
        """What the path names is not there."""
        assert self.thing is not None
        return not_found(self.thing[0].removesuffix("_id"))

    def seeing(self) -> AbstractContextManager[Any]:
        """What is asked within is as new as what they have changed."""
        caching = self.state.caching
        return nullcontext() if caching is None or self.after is None else caching.cache.after(self.after)


class May:
    """The dependency of a route that does `action`. Where the path names an organization, it acts for that one."""

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Caller:
        state = state_of(request)
        access = _access(given, state)
        path = request.path_params
        organization = _identified(path["organization_id"]) if "organization_id" in path else access.organization
        thing, address, after = _thing(path), address_of(request), carried_by(request)
        return Caller(access.profile, access.login, organization, self.action, thing, address, state, request, after)


def unauthorized(why: str, remedy: str = "log in, or refresh the access token") -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="fluentscribe"'}
    return Problem(401, "unauthorized", "Unauthorized", why, remedy, headers)


def address_of(request: Request) -> str:
    """Of the connection, or as proxies that are trusted say. Other headers that a client can write are not believed."""
    try:
        return str(ip_address(request.client.host.partition("%")[0])) if request.client else UNKNOWN_ADDRESS
    except ValueError:
        return UNKNOWN_ADDRESS


def _access(given: HTTPAuthorizationCredentials | None, state: State) -> Access:
    if given is None:
        raise unauthorized("no access token")
    try:
        return read_access(given.credentials, state.settings.token_secret.get_secret_value(), datetime.now(UTC))
    except BadToken as error:
        raise unauthorized(f"the access token is no good: {error}") from None


def _permit(action: Action, standing: Standing) -> None:
    match decide(action, standing):
        case "unseen":
            raise not_found("organization")
        case "forbidden":
            raise forbidden(f"your role does not allow to {action}", "ask an administrator of your organization")
        case "read only":
            raise forbidden(f"the organization is {standing.organization_status}: it may be read only")


def _thing(path: dict[str, Any]) -> tuple[str, Any] | None:
    for name in PROJECT_OF:
        if name in path:
            return name, _identified(path[name]) if name in _UUIDS else _numbered(path[name])
    return None


_UUIDS = ("project_id", "upload_id", "session_id")
_BIGINT_MAX = 2**63 - 1


def _identified(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise not_found("thing: an id is 32 hexadecimal digits") from None


def _numbered(value: str) -> int:
    if not value.isascii() or not value.isdecimal() or not 1 <= int(value[:20]) <= _BIGINT_MAX:
        raise not_found("thing: an id is a number from 1")
    return int(value)
