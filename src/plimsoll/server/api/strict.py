"""Parameters of a query that a route does not have are refused: what is misspelt would be left out in silence."""

from fastapi import Request
from fastapi.routing import APIRoute

from plimsoll.server.problems import invalid


def no_unknown_parameters(request: Request) -> None:
    """A dependency of every route. Raises Problem."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = [field.alias for field in route.dependant.query_params]
    for name in request.query_params:
        if name not in known:
            remedy = f"it takes {', '.join(known)}" if known else "it takes none"
            raise invalid(name[:100], "there is no such parameter here", remedy)
