"""Small pages of their own, without scripts: signing in, and saying what could not be done."""

from starlette.responses import HTMLResponse

from plimsoll.server.dashboard.assets import asset
from plimsoll.server.dashboard.markup import Html, element, joined


def sheet(title: str, *content: str, status: int = 200) -> HTMLResponse:
    """A page of a heading and what stands below."""
    style = Html(f"<style>{asset('page.css')}</style>")
    head = joined(
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<link rel="icon" href="data:,">'),
        element("title", f"{title} · Plimsoll"),
        style,
    )
    body = element("main", element("h1", title), *content, class_="login")
    return HTMLResponse(f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>', status)
