"""From what options and plimsoll.toml say to what is served."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from plimsoll.cli.figures_options import figures_token, url_of
from plimsoll.cli.serve_balancing import algorithm_of, balancer_settings, concurrency_of, goal_s_of
from plimsoll.cli.worker_options import address_of, limits_of

if TYPE_CHECKING:
    from plimsoll.cli.serve_told import Told
    from plimsoll.postgres.dsn import Target
    from plimsoll.scale.supervisor import states
    from plimsoll.workflows.serve import ServeRequest
    from plimsoll.workflows.serve_figures import MonitorSource

MEMORY_BYTES_LEAST = 16 * 10**6  # an empty Python with a server uses twice that
AGE_S_LEAST = 60.0


def request_of(told: "Told") -> "ServeRequest":
    """Raises UsageError."""
    from plimsoll.core.units import parse_duration
    from plimsoll.scale.policy.capacity import Capacity
    from plimsoll.scale.policy.making import known
    from plimsoll.scale.supervisor.launching import launch
    from plimsoll.workflows.serve import ServeRequest

    it = told.options
    host, port = address_of(it.bind)
    limits = limits_of(it.workers, it.connections, it.pool)
    carried = None if it.capacity is None else Capacity(it.capacity)
    goal_s = goal_s_of(it.goal)
    at_once, adapting = concurrency_of(it.concurrency, goal_s)
    balancer = balancer_settings(
        health=it.health, clients=it.clients, concurrency=at_once, queue=it.queue, queue_timeout=it.queue_timeout,
        goal_s=goal_s, timeout=it.timeout or [], retry=it.retry, slow_start=it.slow_start, cookie=it.cookie,
        header=it.header, certificate=it.certificate, key=it.key, trust=it.trust or [], access_log=it.access_log,
    )  # fmt: skip
    made = launch(told.application, cwd=Path.cwd())
    busy_s = 0.0 if made.application else balancer.timeouts.server  # as long as its one thread may have one request
    return ServeRequest(
        made, told.name, limits, balancer, host, port,
        policy=known(it.policy, where="--policy"),
        capacity=carried,
        start_s=parse_duration(it.start, what="--start"),
        down_window_s=parse_duration(it.down_window, what="--down-window"),
        algorithm=algorithm_of(it.balance),
        adapting=adapting,
        goal_s=goal_s,
        queue_follows=it.queue is None,
        database=_database(it.database, it.connections, it.pool),
        pool=it.pool,
        monitor=_monitor(it.figures, it.read or [], it.figures_token_file, it.database, it.connections),
        worker_limits=worker_limits(it.memory, it.age, it.drain, it.hung_after, busy_s),
        grace_s=parse_duration(it.grace, what="--grace"),
    )  # fmt: skip


def _database(database: str | None, connections: int | None, pool: int) -> "Target | None":
    from plimsoll.core.errors import UsageError

    if database is None:
        return None
    if connections is not None:
        why = "the database itself tells how many connections it has"
        raise UsageError("both --database and --connections", why=why, remedy="leave one of them out")
    if pool < 1:
        raise UsageError("wrong --pool", why="a worker's pool has at least one connection", remedy="--pool 10")
    from plimsoll.postgres.dsn import read_target
    from plimsoll.settings.environment import Environment
    from plimsoll.settings.masking import Secret

    dsn = Environment("--database", Secret(database)).dsn(os.environ)
    return read_target(dsn, os.environ, where="--database")


def _monitor(
    figures: str | None, read: list[str], token_file: Path | None, database: str | None, connections: int | None
) -> "MonitorSource | None":
    from plimsoll.core.errors import UsageError
    from plimsoll.workflows.serve_figures import monitor_of

    if figures is None:
        if read or token_file is not None:
            raise UsageError("nobody to read figures from", remedy="--figures http://127.0.0.1:8765/metrics")
        return None
    source = monitor_of(url_of(figures), read, figures_token(token_file), with_clients=database is not None)
    if "other_connections" in source.names and (database is not None or connections is None):
        why = "--database counts them already" if database is not None else "of how many, nobody says"
        remedy = "leave one of them out" if database is not None else "--connections 100, the server's max_connections"
        raise UsageError("--read other_connections is of no use", why=why, remedy=remedy)
    return source


def worker_limits(
    memory: str | None, age: str | None, drain: str, hung_after: str | None, busy_s: float
) -> "states.Limits":
    from plimsoll.core.errors import UsageError
    from plimsoll.core.units import parse_bytes, parse_duration
    from plimsoll.scale.supervisor import states

    most = None if memory is None else parse_bytes(memory, what="--memory")
    if most is not None and most < MEMORY_BYTES_LEAST:
        why = f"{most} bytes are less than any worker uses, and all would be replaced again and again"
        raise UsageError("wrong --memory", why=why, remedy="--memory 512MB; at least 16MB")
    least_s = states.Limits().hung_s
    hung_s = max(least_s, busy_s) if hung_after is None else parse_duration(hung_after, what="--hung-after")
    if hung_s < least_s:
        why = "no answer within 5 s, three times in a row, takes longer"
        raise UsageError("wrong --hung-after", why=why, remedy=f"--hung-after {least_s:g}s, or more")
    age_s = None if age is None else parse_duration(age, what="--age")
    if age_s is not None and age_s < AGE_S_LEAST:
        why = "workers would be replaced again and again"
        raise UsageError("wrong --age", why=why, remedy=f"--age {AGE_S_LEAST:g}s, or more")
    drain_s = parse_duration(drain, what="--drain")
    return states.Limits(memory_bytes_max=most, age_s_max=age_s, drain_s=drain_s, hung_s=hung_s)
