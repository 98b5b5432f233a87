"""Analyses of runs: which there are, asking for one, and what it found."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response

from plimsoll.core.analysis import Analysis
from plimsoll.runs.directory import RunDirectory
from plimsoll.server.analyses.look import Look, look_at, run_of
from plimsoll.server.api.analysis_models import (
    AnalysisBody,
    AnalyzedRunsBody,
    FindingsBody,
    JobBody,
    RecommendationsBody,
)
from plimsoll.server.api.json_text import respond
from plimsoll.server.problems import Problem, not_found
from plimsoll.server.state import Served, State, admin

ANALYSIS_PREFIX: Final = "/api/v1/analysis"
RUNS_MAX: Final = 200
router = APIRouter(tags=["analysis"])


@router.get("/runs", response_model=AnalyzedRunsBody)
async def runs(state: State, limit: Annotated[int, Query(ge=1, le=RUNS_MAX)] = 50) -> dict[str, Any]:
    """Runs of the directory that is watched, the newest first, and whether each has been analyzed."""
    return await asyncio.to_thread(state.listing.newest, limit)


@router.post("/runs/{run_id}", response_model=JobBody, status_code=202, dependencies=[Depends(admin)])
async def start(run_id: str, state: State, response: Response) -> dict[str, Any]:
    """Begins an analysis, or tells of the one that is under way. Ask with GET until its state is done or failed."""
    run = await _found(state, run_id)
    if await asyncio.to_thread(run.is_live):
        raise Problem(409, "run-goes-on", f"run {run.run_id} goes on", "ask again when it has ended")
    job = state.analyses.start(run.run_id)
    response.headers["Location"] = f"{ANALYSIS_PREFIX}/runs/{run.run_id}"
    return {"run_id": job.run_id, "state": job.state, "since_s": job.since_s, "error": job.error}


@router.get("/runs/{run_id}", response_model=AnalysisBody)
async def one(run_id: str, state: State) -> Response:
    """Where the analysis of a run stands, and the analysis itself."""
    found = await _look(state, run_id)
    analysis = None if found.analysis is None else found.analysis.to_json()
    return respond(
        {"run_id": found.run_id, "state": found.state, "since_s": found.since_s, "error": found.error,
         "analysis": analysis}
    )  # fmt: skip


@router.delete("/runs/{run_id}", response_class=Response, status_code=204, dependencies=[Depends(admin)])
async def cancel(run_id: str, state: State) -> Response:
    """Ends the analysis that is under way, or takes it out of the queue. What was found before stays."""
    run = await _found(state, run_id)
    if not state.analyses.cancel(run.run_id):
        raise not_found(f"no analysis of run {run.run_id} is under way", f"GET {ANALYSIS_PREFIX}/runs/{run.run_id}")
    return Response(status_code=204)


@router.get("/runs/{run_id}/findings", response_model=FindingsBody)
async def findings(run_id: str, state: State) -> Response:
    """The verdict and the bottlenecks, the weightiest first."""
    run, found = await _analysis(state, run_id)
    listed = [finding.to_json() for finding in found.findings]
    return respond({"run_id": run, "verdict": found.verdict, "because": found.because, "findings": listed})


@router.get("/runs/{run_id}/recommendations", response_model=RecommendationsBody)
async def recommendations(run_id: str, state: State) -> Response:
    """What to do, in the order to do it."""
    run, found = await _analysis(state, run_id)
    return respond({"run_id": run, "recommendations": found.to_json()["recommendations"]})


async def _found(state: Served, run_id: str) -> RunDirectory:
    run = await asyncio.to_thread(run_of, state.analyses.root, run_id)
    if run is None:
        raise not_found(f"there is no run {run_id[:100]!r}", f"GET {ANALYSIS_PREFIX}/runs lists them")
    return run


async def _look(state: Served, run_id: str) -> Look:
    run = await _found(state, run_id)
    return await asyncio.to_thread(look_at, run, state.analyses.job(run.run_id))


async def _analysis(state: Served, run_id: str) -> tuple[str, Analysis]:
    found = await _look(state, run_id)
    if found.analysis is None:
        why = f": {found.error}" if found.error else ""
        remedy = f"POST {ANALYSIS_PREFIX}/runs/{found.run_id}"
        raise Problem(404, "not-analyzed", f"run {found.run_id} has not been analyzed{why}", remedy)
    return found.run_id, found.analysis
