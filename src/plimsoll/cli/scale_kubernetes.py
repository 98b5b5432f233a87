"""`plimsoll scale kubernetes …`: as many replicas of a Deployment or StatefulSet as the load asks for."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from plimsoll.cli.figures_options import VARIABLE as FIGURES_VARIABLE
from plimsoll.cli.figures_options import figures_token, token_in, url_of
from plimsoll.cli.saying import say
from plimsoll.cli.signals import ended_by_signals
from plimsoll.cli.worker_options import DownWindow, address_of, limits_of

if TYPE_CHECKING:
    from plimsoll.scale.policy.changes import Change
    from plimsoll.scale.policy.decision import Decision
    from plimsoll.workflows.scale_figures import Source
    from plimsoll.workflows.scale_kubernetes import KubernetesRequest

VARIABLE: Final = "PLIMSOLL_METRICS_TOKEN"

WorkloadText = Annotated[str, typer.Argument(help="deployment/NAME or statefulset/NAME.", show_default=False)]
Namespace = Annotated[str | None, typer.Option("--namespace", "-n", help="Default: the context's, or the pod's own.")]
Kubeconfig = Annotated[Path | None, typer.Option(help="Default: as kubectl; in a pod its service account.")]
Context = Annotated[str | None, typer.Option(help="Of the kubeconfig.")]
Workers = Annotated[str, typer.Option(help="From how many replicas to how many.")]
Haproxy = Annotated[str | None, typer.Option(help="HAProxy's statistics as CSV: http://ingress:1024/;csv")]
Backend = Annotated[str, typer.Option(help="--haproxy: of this backend. Default: the only one with servers.")]
Prometheus = Annotated[str | None, typer.Option(help="A Prometheus server, for --query.")]
Query = Annotated[list[str] | None, typer.Option(help="READING=PROMQL: rate, served, queue, cpu … Repeatable.")]
FiguresUrl = Annotated[str | None, typer.Option("--figures", help="Prometheus' text or JSON, for --read.")]
FiguresToken = Annotated[
    Path | None, typer.Option("--figures-token-file", help=f"For --figures. Default: the variable {FIGURES_VARIABLE}.")
]
Read = Annotated[list[str] | None, typer.Option(help="READING=FIGURE, as rate=rate(http_requests_total). Repeatable.")]
CapacityRate = Annotated[
    float | None, typer.Option("--capacity", help="Requests a second that a replica carries. Default: learned.")
]
PolicyName = Annotated[str, typer.Option(help="hybrid, kpa, hpa-70, hpa-50, thresholds.")]
Start = Annotated[str, typer.Option(help="From a decision to a replica that takes requests.")]
Connections = Annotated[int | None, typer.Option(help="max_connections of the database: it caps the replicas.")]
Pool = Annotated[int, typer.Option(help="--connections: a replica's pool.")]
AsJson = Annotated[bool, typer.Option("--json", help="Each decision and note as one line of JSON on stdout.")]

group = typer.Typer(
    help="The same policy on Kubernetes.", no_args_is_help=True, rich_markup_mode=None, add_completion=False
)


def add_to(parent: typer.Typer) -> None:
    parent.add_typer(group, name="kubernetes")


@group.command("run")
def run(
    workload: WorkloadText,
    namespace: Namespace = None,
    workers: Workers = "1..10",
    capacity: CapacityRate = None,
    haproxy: Haproxy = None,
    backend: Backend = "",
    prometheus: Prometheus = None,
    query: Query = None,
    figures: FiguresUrl = None,
    read: Read = None,
    figures_token_file: FiguresToken = None,
    policy: PolicyName = "hybrid",
    start: Start = "30s",
    down_window: DownWindow = "2m",
    connections: Connections = None,
    pool: Pool = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be set.")] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: AsJson = False,
) -> None:
    """Set the replicas of a Deployment or StatefulSet by its load, until Ctrl-C; each decision with its reason.

    Only the subresource scale is changed. Refused where a HorizontalPodAutoscaler or KEDA scales it, too. What is
    not known takes no replica away.

    Example: plimsoll scale kubernetes run deployment/web --workers 2..20 --capacity 50 --haproxy 'http://lb:8404/;csv'
    """
    from plimsoll.workflows.scale_kubernetes import scale_kubernetes

    sources = _sources(haproxy, backend, prometheus, query or [], figures, read or [], figures_token_file)
    request = _request(
        workload, namespace, workers, capacity, policy, start, down_window, connections, pool, kubeconfig, context,
        sources, dry_run=dry_run,
    )  # fmt: skip
    lines = _lines(request, as_json=as_json)
    _until_told(lambda stop: scale_kubernetes(request, stop, lines))


@group.command("metrics")
def metrics(
    workload: WorkloadText,
    namespace: Namespace = None,
    workers: Workers = "1..10",
    bind: Annotated[str, typer.Option(help="Where KEDA asks.")] = "127.0.0.1:8090",
    token_file: Annotated[
        Path | None, typer.Option(help=f"The token that KEDA shows. Default: the variable {VARIABLE}.")
    ] = None,
    capacity: CapacityRate = None,
    haproxy: Haproxy = None,
    backend: Backend = "",
    prometheus: Prometheus = None,
    query: Query = None,
    figures: FiguresUrl = None,
    read: Read = None,
    figures_token_file: FiguresToken = None,
    policy: PolicyName = "hybrid",
    start: Start = "30s",
    down_window: DownWindow = "2m",
    connections: Connections = None,
    pool: Pool = 10,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    as_json: AsJson = False,
) -> None:
    """Answer {"value": N} to KEDA's metrics-api scaler, which sets the replicas; nothing is changed by us.

    Other machines may only ask with a token.

    Example: plimsoll scale kubernetes metrics deployment/web --capacity 50 --haproxy 'http://lb:8404/;csv'
    """
    from plimsoll.workflows.scale_kubernetes import tell_keda

    host, port = address_of(bind)
    token = token_in(token_file, VARIABLE)
    sources = _sources(haproxy, backend, prometheus, query or [], figures, read or [], figures_token_file)
    request = _request(
        workload,
        namespace,
        workers,
        capacity,
        policy,
        start,
        down_window,
        connections,
        pool,
        kubeconfig,
        context,
        sources,
    )
    lines = _lines(request, as_json=as_json)
    _until_told(lambda stop: tell_keda(request, host, port, token, stop, lines))


class Lines:
    """What is decided, for people on stderr: what changes something, and what keeps it from changing, once. For
    machines everything, on stdout."""

    def __init__(self, *, as_json: bool, fixed: bool = False) -> None:
        from plimsoll.scale.serving.telling import Telling

        self._as_json, self._fixed, self._telling = as_json, fixed, Telling()
        self._held = ""

    def decided(self, decision: "Decision", held: str, otherwise: "Callable[[], list[Change]]") -> None:
        if self._as_json:
            changes = [one.to_json() for one in otherwise()] if decision.wanted != decision.before else []
            self._print({**decision.to_json(), "event": "decision", "held": held, "would_change": changes})
            return
        line = self._telling.line(decision, fixed=self._fixed)
        told = f"{decision.wanted} {held}" if held else ""
        if line and not (told and told == self._held):
            say(f"{line} ({held})" if held else line)
        self._held = told

    def noted(self, text: str) -> None:
        from plimsoll.settings.masking import mask

        text = mask(text)  # words of the API, of kubeconfigs and of programs that log in
        if self._as_json:
            self._print({"event": "note", "text": text})
        else:
            say(text)

    def _print(self, line: dict[str, object]) -> None:
        print(json.dumps({**line, "at": datetime.now(UTC).isoformat(timespec="milliseconds")}), flush=True)


def _lines(request: "KubernetesRequest", *, as_json: bool) -> Lines:
    return Lines(as_json=as_json, fixed=request.limits.workers_min == request.limits.workers_max)


def _until_told(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    async def go() -> None:
        stop = asyncio.Event()
        with ended_by_signals(stop.set):
            await work(stop)

    asyncio.run(go())


def _request(
    workload: str, namespace: str | None, workers: str, capacity: float | None, policy: str, start: str,
    down_window: str, connections: int | None, pool: int, kubeconfig: Path | None, context: str | None,
    sources: "list[Source]", *, dry_run: bool = False,
) -> "KubernetesRequest":  # fmt: skip
    from plimsoll.core.units import parse_duration
    from plimsoll.scale.kubernetes.cluster import Where
    from plimsoll.scale.kubernetes.workload import parse_workload
    from plimsoll.scale.policy.capacity import Capacity
    from plimsoll.scale.policy.making import known
    from plimsoll.workflows.scale_kubernetes import KubernetesRequest

    return KubernetesRequest(
        parse_workload(workload),
        sources,
        limits_of(workers, connections, pool),
        Where(namespace, kubeconfig, context),
        known(policy, where="--policy"),
        None if capacity is None else Capacity(capacity),
        parse_duration(start, what="--start"),
        parse_duration(down_window, what="--down-window"),
        dry_run,
    )


def _sources(
    haproxy: str | None, backend: str, prometheus: str | None, queries: list[str], figures: str | None, read: list[str],
    token_file: Path | None,
) -> "list[Source]":  # fmt: skip
    from plimsoll.core.errors import UsageError
    from plimsoll.scale.policy.figures import once_each, parse_figure
    from plimsoll.workflows.scale_figures import FiguresSource, HaproxySource, QuerySource, parse_query

    for option, url, lines, of in (("query", prometheus, queries, "prometheus"), ("read", figures, read, "figures")):
        if bool(url) != bool(lines):
            missing, there = (f"--{option}", f"--{of}") if url else (f"--{of}", f"--{option}")
            raise UsageError(
                f"{there} needs {missing}", remedy=f"plimsoll scale kubernetes run --help tells of {missing}"
            )
    if backend and not haproxy:
        raise UsageError("--backend needs --haproxy", remedy="--haproxy 'http://lb:8404/;csv'")
    found: list[Source] = [HaproxySource(url_of(haproxy), backend)] if haproxy else []
    found += [QuerySource(url_of(prometheus), *parse_query(text)) for text in queries] if prometheus else []
    if figures:
        found.append(FiguresSource(url_of(figures), [parse_figure(text) for text in read], figures_token(token_file)))
    once_each(name for source in found for name in source.names)
    return found
