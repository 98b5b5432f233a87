"""What nothing is at, and what cannot be done where something is: said here, before the pages would say it in HTML."""

import re
from collections.abc import Iterable
from typing import Final

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

ALL_METHODS: Final = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"]
Patterns = tuple[tuple[re.Pattern[str], frozenset[str]], ...]


def unknown_router(root: str, known: Iterable[tuple[str, APIRouter]]) -> APIRouter:
    """Answers for every path below `root` that no router before it, given with its prefix, takes."""
    patterns = tuple(_patterns(known))
    router = APIRouter(include_in_schema=False)

    @router.api_route(f"{root}/{{rest:path}}", methods=ALL_METHODS)
    async def unknown(request: Request) -> None:
        methods = allowed(patterns, request.url.path)
        if methods:
            raise HTTPException(405, headers={"Allow": ", ".join(methods)})
        raise HTTPException(404)

    return router


def allowed(patterns: Patterns, path: str) -> list[str]:
    """What may be done at a path; nothing where nothing is."""
    return sorted({method for pattern, methods in patterns if pattern.match(path) for method in methods})


def _patterns(known: Iterable[tuple[str, APIRouter]]) -> Iterable[tuple[re.Pattern[str], frozenset[str]]]:
    for prefix, router in known:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield compile_path(prefix + route.path)[0], frozenset(route.methods or ())
