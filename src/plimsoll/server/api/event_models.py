"""What is answered of events, as OpenAPI describes it."""

from pydantic import BaseModel, ConfigDict


class EventBody(BaseModel):
    """Something that happened; `source` is the collector that saw it."""

    at_s: float
    kind: str
    text: str
    source: str


class EventsBody(BaseModel):
    """The newest of a stretch of time, in its order. `more`: there were earlier ones, too."""

    start_s: float
    end_s: float
    events: list[EventBody]
    more: bool
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "start_s": 1767280080.0,
                "end_s": 1767283680.0,
                "events": [
                    {
                        "at_s": 1767283000.0,
                        "kind": "restart",
                        "text": "PostgreSQL was started anew, or another server answers now",
                        "source": "sessions",
                    }
                ],
                "more": False,
            }
        }
    )
