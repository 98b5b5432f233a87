"""Speaks for elements that are used without being statements: configuration, the plan itself, what makes no load."""

from __future__ import annotations

from typing import Final

from plimsoll.load.importers.jmx import http_config, survey
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.jdbc import described
from plimsoll.load.importers.jmx.listing import reason_of
from plimsoll.load.importers.jmx.scope import is_assertion, is_extractor
from plimsoll.load.importers.jmx.timers import RATES, is_timer
from plimsoll.load.importers.jmx.tree import Element

_SETTLED: Final = frozenset({"ConfigTestElement", "HeaderManager", "CookieManager", "AuthManager", "Arguments",
                             "JDBCDataSource", *RATES})  # fmt: skip
_POOL: Final = ("autocommit", "checkQuery", "connectionAge", "driver", "keepAlive", "password", "poolMax", "timeout",
                "trimInterval", "username", "preinit", "connectionProperties", "poolPreparedStatements",
                "dataSource")  # fmt: skip


def settle(context: Context, plan: Element) -> None:
    """Speaks for what is used without being a statement: configuration, the plan itself, what makes no load."""
    for element in survey.living(context.root):
        if element.kind in _SETTLED and not context.account.spoken_for(element):
            _config(context, element)
        elif not context.account.spoken_for(element) and (reason := reason_of(element)):
            context.account.leave(element, reason)
        elif not context.account.spoken_for(element) and _applies_to_others(element):
            context.account.leave(element, "nothing that is sent here is beside or below it")
    _test_plan(context, plan)


def _applies_to_others(element: Element) -> bool:
    return is_assertion(element) or is_extractor(element) or is_timer(element)


def _config(context: Context, element: Element) -> None:
    account = context.account
    if element.kind == "JDBCDataSource":
        _database(context, element)
    elif element.kind == "ConfigTestElement" and not http_config.is_http_defaults(element):
        account.leave(element, "defaults of a kind of sampler that is not known here")
    elif element.kind in RATES:
        account.leave(element, "is beside no thread group whose rate it could be")
    elif element.kind == "Arguments":
        account.take(element)
    else:
        account.leave(element, "no request needs it")


def _database(context: Context, element: Element) -> None:
    url = element.text("dbUrl")
    context.account.take(element)
    steps = context.databases.get(element.text("dataSource"), [])
    used = f": {len(steps)} of its steps" if len(context.databases) > 1 else ""
    context.note(f"the plan's database was {described(context.known(url) or url) or 'not said'}{used}")
    if "postgres" not in url.lower() and url and "${" not in url:
        context.account.part(element, "is no PostgreSQL: its statements stand as they are, and may not fit")
    for name in _POOL:
        element.text(name)
    for name, default in (("transactionIsolation", "DEFAULT"), ("initQuery", "")):
        if element.text(name, default) != default:
            context.account.part(element, f"without its {name}")


def _test_plan(context: Context, plan: Element) -> None:
    account = context.account
    account.take(plan)
    plan.part("TestPlan.user_defined_variables")
    plan.flag("TestPlan.tearDown_on_shutdown")
    if plan.flag("TestPlan.serialize_threadgroups"):
        account.part(plan, "its thread groups run one after another in JMeter; here all at once")
    account.unread(plan)
