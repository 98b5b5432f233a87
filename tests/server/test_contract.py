"""The API held against its own OpenAPI document, with requests that schemathesis makes up."""

from itertools import count
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from hypothesis import Phase, given, settings
from starlette.types import Receive, Scope, Send

from plimsoll.core.details import document
from plimsoll.server.app import PREFIX
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer
from tests.server.asking import ADMIN, NOW, a_watch, an_app, lose, see
from tests.server.test_summing import row

DOCUMENT = "/api/v1/monitoring/openapi.json"
METHODS = {"get", "put", "post", "patch", "delete"}


def seen_app() -> FastAPI:
    """Of a watch that has something of everything."""
    watch = a_watch()
    app = an_app(watch, MonitorServer(admin_token=Secret(ADMIN)))
    see(watch, NOW - 1, 50.0, statements=document([row("7", 1, 1.0, "SELECT 1")], seconds=30.0), locks=document([]))
    lose(watch)
    return app


class AsAdmin:
    """The application as an admin asks it, from another address each time, so that nobody asks too often."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._numbers = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [pair for pair in scope["headers"] if pair[0] not in (b"host", b"authorization")]
            headers += [(b"host", b"localhost"), (b"authorization", f"Bearer {ADMIN}".encode())]
            scope = {**scope, "headers": headers, "client": (f"client {next(self._numbers)}", 1)}
        await self._app(scope, receive, send)


def test_every_answer_is_as_the_document_says() -> None:
    import schemathesis  # here, as it takes a second that other tests need not wait

    schema = schemathesis.openapi.from_asgi(DOCUMENT, AsAdmin(seen_app()))
    operations = list(schema.get_all_operations())
    for found in operations:
        _ask_often(found.ok())  # type: ignore[union-attr]  # else it raises
    assert len(operations) >= 18


def _ask_often(operation: Any) -> None:
    @settings(max_examples=2, deadline=None, database=None, phases=[Phase.generate], derandomize=True)
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        case.call_and_validate(excluded_checks=_not_checked())

    asked()


def _not_checked() -> list[Any]:
    """What a schema cannot say (a moment, an id of something that is there) is refused all the same."""
    from schemathesis.specs.openapi.checks import ensure_resource_availability, positive_data_acceptance

    return [positive_data_acceptance, ensure_resource_availability]


def test_every_route_has_an_example_of_what_it_answers() -> None:
    spec = an_app().openapi()
    schemas = spec["components"]["schemas"]
    without = []
    for path, methods in spec["paths"].items():
        for method in METHODS & methods.keys():
            for status, response in methods[method]["responses"].items():
                for content in response.get("content", {}).values():
                    schema = content.get("schema", {})
                    named = schemas.get(schema.get("$ref", "").rpartition("/")[2], {})
                    if "example" not in content and "example" not in named:
                        without.append(f"{method} {path} {status}")
    assert (without, len(spec["paths"]) >= 15) == ([], True)


def test_the_guide_names_every_route() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "monitoring-api.md").read_text(encoding="utf-8")
    paths = [path.removeprefix(f"{PREFIX}/") for path in an_app().openapi()["paths"]]
    assert [path for path in paths if path not in guide.replace("silences/{id}", "silences/{silence_id}")] == []
