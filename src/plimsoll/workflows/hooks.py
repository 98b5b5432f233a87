"""A scenario's @setup and @teardown: called with a connection of their own, held to what the target allows."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg

from plimsoll.core.errors import PlimsollError, UsageError
from plimsoll.load.http.client import Client
from plimsoll.load.language.scenario import RunContext, Scenario, scenario_mistake
from plimsoll.load.sql.statement_text import refuse_transaction_control
from plimsoll.postgres.session import SessionTraits
from plimsoll.settings.masking import mask
from plimsoll.workflows.site import site_plan
from plimsoll.workflows.target import OpenTarget, connected


async def call_hook(function: Any, scenario: Scenario, opened: OpenTarget, seed: int, *arguments: Any) -> Any:
    """The hook's result. Raises UsageError with the scenario's line for whatever goes wrong in it."""
    async with _context(scenario, opened, seed) as context:
        try:
            return await function(context, *arguments)
        except PlimsollError:
            raise
        except asyncpg.PostgresError as error:
            raise _failed_in(scenario, error) from error
        except Exception as error:
            raise scenario_mistake(error, scenario.path) from error


@asynccontextmanager
async def _context(scenario: Scenario, opened: OpenTarget, seed: int) -> AsyncIterator[RunContext]:
    """With what the target has: a connection to the database, a client for the URL."""
    async with AsyncExitStack() as stack:
        sql = _no_database
        if opened.target is not None:
            sql = _runner(await stack.enter_async_context(connected(opened)), opened.traits)
        client = Client(site_plan(opened, scenario.path), seed)
        stack.callback(client.close)
        yield RunContext(sql, client, seed, opened.environment.name)


async def _no_database(query: str, *parameters: Any) -> list[Any]:
    raise UsageError("there is no database", why="only a URL was given", remedy="--dsn DSN beside --url")


def _failed_in(scenario: Scenario, error: asyncpg.PostgresError) -> UsageError:
    mistake = scenario_mistake(error, scenario.path)
    why = mask(f"{error.sqlstate}: {error}")
    return UsageError("the scenario failed", where=mistake.where, why=why, remedy="mend the statement")


def _runner(connection: asyncpg.Connection, traits: SessionTraits) -> Any:
    async def sql(query: str, *parameters: Any) -> list[Any]:
        async with _held(connection, traits, query):
            rows: list[Any] = await connection.fetch(query, *parameters)
        return rows

    return sql


@asynccontextmanager
async def _held(connection: asyncpg.Connection, traits: SessionTraits, query: str) -> AsyncIterator[None]:
    """A protected target lets a hook do no more than a journey: each statement is in a read-only transaction."""
    if not traits.protected:
        yield
        return
    refuse_transaction_control(query)
    await connection.execute(traits.begin_sql)
    try:
        yield
    finally:
        await connection.execute("ROLLBACK")
