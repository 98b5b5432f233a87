"""What is answered of analyses, as OpenAPI describes it. `docs/reference/analysis.md` says what each key means."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Standing = Literal["none", "waiting", "running", "failed", "done"]
Verdict = Literal["bottleneck", "at-capacity", "healthy", "unknown", "invalid"]
Layer = Literal["database", "system", "application", "network", "generator"]

_FINDING: dict[str, Any] = {
    "id": "missing-index:public.orders",
    "kind": "missing-index",
    "layer": "database",
    "subject": "public.orders",
    "title": "63.8 % of the time of all requests goes into sequential scans of public.orders",
    "explanation": "Every call of one statement reads the whole table.",
    "confidence": "likely",
    "confirm_by": "create the index and run again",
    "share": {"value": 0.638, "low": 0.61, "high": 0.67},
    "failed": None,
    "risk": 0.0,
    "figures": [{"label": "sequential scans", "value": 41.2, "unit": "1/s", "limit": None}],
    "chart": None,
    "steps": ["transfer: list orders"],
    "statements": [
        {"query_id": "812345", "query": "SELECT 1", "calls": 4931, "mean_ms": 38.4, "share": 0.81},
    ],
    "details": {},
    "severity": "high",
    "impact": 7,
}
_ADVICE: dict[str, Any] = {
    "finding": "missing-index:public.orders",
    "what": "Create an index on public.orders (customer_id)",
    "term": "immediate",
    "effort": "minutes",
    "effect": "p95 of list orders falls to about 5 ms",
    "basis": "the statement's time outside the scan",
    "risk": "it slows each insert by some µs",
    "how": [{"means": "sql", "text": "CREATE INDEX CONCURRENTLY …", "note": ""}],
    "impact": 7,
}
_JOB: dict[str, Any] = {"run_id": "20260214-101500-3fa2", "state": "running", "since_s": 1767283680.0, "error": ""}


class ShareBody(BaseModel):
    """A part of a whole (0 to 1) with its interval of 95 %."""

    value: float
    low: float
    high: float


class FigureBody(BaseModel):
    """A number that a finding rests on; `limit` is what it was held against."""

    label: str
    value: float
    unit: str
    limit: float | None


class ChartBody(BaseModel):
    """One line over the run; times count from the start of the load."""

    label: str
    unit: str
    times_s: list[float]
    values: list[float]
    limit: float | None


class SuspectBody(BaseModel):
    """A statement that a finding names."""

    query_id: str
    query: str
    calls: int
    mean_ms: float
    share: float | None


class FindingBody(BaseModel):
    """One bottleneck, with its evidence."""

    id: str
    kind: str
    layer: Layer
    subject: str
    title: str
    explanation: str
    confidence: Literal["confirmed", "likely", "possible"]
    confirm_by: str
    share: ShareBody | None
    failed: float | None
    risk: float
    figures: list[FigureBody]
    chart: ChartBody | None
    steps: list[str]
    statements: list[SuspectBody]
    details: dict[str, Any]
    severity: Literal["critical", "high", "medium", "low"]
    impact: int
    model_config = ConfigDict(json_schema_extra={"example": _FINDING})


class HowBody(BaseModel):
    """A way to do it: `text` is to be copied."""

    means: Literal["sql", "setting", "code", "command", "check"]
    text: str
    note: str


class RecommendationBody(BaseModel):
    """What to do about a finding, which is named by its id."""

    finding: str
    what: str
    term: Literal["immediate", "short-term", "long-term"]
    effort: Literal["minutes", "hours", "days"]
    effect: str
    basis: str
    risk: str
    how: list[HowBody]
    impact: int
    model_config = ConfigDict(json_schema_extra={"example": _ADVICE})


class AnalyzedRun(BaseModel):
    """A run that could be analyzed. `live`: it goes on and cannot be yet. `verdict` is null where it has not been.
    `step_of` is the search for the load line (`plimsoll find`) that it is a step of, null where it is none."""

    run_id: str
    scenario: str
    profile: str
    started: str
    standing: str
    live: bool
    step_of: str | None
    state: Standing
    verdict: Verdict | None


class AnalyzedRunsBody(BaseModel):
    """The newest first; `left_out` older ones are not listed."""

    runs: list[AnalyzedRun]
    left_out: int
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "runs": [
                    {
                        "run_id": "20260214-101500-3fa2",
                        "scenario": "accounts",
                        "profile": "steps",
                        "started": "2026-02-14 10:15:00",
                        "standing": "goals met",
                        "live": False,
                        "step_of": None,
                        "state": "done",
                        "verdict": "healthy",
                    }
                ],
                "left_out": 0,
            }
        }
    )


class JobBody(BaseModel):
    """Where the analysis of a run stands, since when, and why it failed if it did."""

    run_id: str
    state: Standing
    since_s: float | None
    error: str
    model_config = ConfigDict(json_schema_extra={"example": _JOB})


class AnalysisBody(JobBody):
    """With the analysis itself, as analysis.json has it; null where there is none yet."""

    analysis: dict[str, Any] | None
    model_config = ConfigDict(
        json_schema_extra={
            "example": _JOB | {"state": "done", "analysis": {"verdict": "bottleneck", "because": "…", "findings": []}}
        }
    )


class FindingsBody(BaseModel):
    """The verdict and what it rests on, the weightiest first."""

    run_id: str
    verdict: Verdict
    because: str
    findings: list[FindingBody]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "run_id": "20260214-101500-3fa2",
                "verdict": "bottleneck",
                "because": _FINDING["title"],
                "findings": [_FINDING],
            }
        }
    )


class RecommendationsBody(BaseModel):
    """In the order to do them."""

    run_id: str
    recommendations: list[RecommendationBody]
    model_config = ConfigDict(
        json_schema_extra={"example": {"run_id": "20260214-101500-3fa2", "recommendations": [_ADVICE]}}
    )
