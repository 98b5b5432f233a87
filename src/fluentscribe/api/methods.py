"""Which methods a path has: what a 405 answers in `Allow` (RFC 9110, 15.5.6)."""

import re
from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import compile_path


class Methods:
    """Of all routes, however they are spread over routers."""

    def __init__(self, routers: Iterable[tuple[str, APIRouter]]) -> None:
        self._paths: dict[str, tuple[re.Pattern[str], set[str]]] = {}
        for prefix, router in routers:
            for route in router.routes:
                if isinstance(route, APIRoute):
                    self._add(prefix + route.path, route.methods or ())

    def of(self, path: str) -> list[str]:
        return sorted(
            {method for pattern, methods in self._paths.values() if pattern.match(path) for method in methods}
        )

    def _add(self, path: str, methods: Iterable[str]) -> None:
        pattern, _, _ = compile_path(path)
        self._paths.setdefault(path, (pattern, set()))[1].update(methods)
