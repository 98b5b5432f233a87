"""What `plimsoll init` writes: a commented plimsoll.toml and a first scenario, both valid as they stand."""

from pathlib import Path
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.settings.loading import FILE_NAME

SETTINGS_TEXT: Final = """\
# Plimsoll's settings. Everything is optional; what is commented out shows the form and, for single values, the default.
# Durations: "300ms", "1.5s", "30s", "5m", "1h". Run with: plimsoll run scenarios/first.py --profile smoke
# Runs and the embedded server's data are kept in .plimsoll/: put that into .gitignore.

# --- Environments: what is loaded, and how far one may go ---------------------------------------------------------
# An empty database proves nothing: plimsoll seed --env dev --dry-run says how its tables would be filled.

[environments.dev]
database = "embedded"            # a PostgreSQL that Plimsoll starts; or a DSN; or "env:NAME", a variable that holds one
# url = "http://127.0.0.1:8000"  # the application: where user.http goes
# connections = "per-user"       # each user has a connection; a number makes a pool in each process, whose wait counts
# statement_timeout = "30s"
# reset = "template"             # between runs of --repeat and --matrix: the database anew from a copy; or "hook"
# prepared = true                # left out, Plimsoll looks whether a transaction pooler forbids prepared statements

# How the url is spoken to.
# [environments.dev.http]
# connections = "per-user"       # or a number: a pool in each process, whose wait counts
# connect_timeout = "10s"        # TLS has as much again
# first_byte_timeout = "30s"
# timeout = "60s"                # for a whole request
# ca = "ca.pem"                  # instead of the system's authorities
# certificate = "client.pem"     # shown to the server
# key = "client.key"
# verify = true

# [environments.staging]
# database = "env:STAGING_DSN"   # keep passwords out of this file

# A protected environment is known by its host and database, or its URL, whatever name or DSN is used to reach it. Its
# statements run in read-only transactions, of HTTP only GET and HEAD are sent, and it needs --allow-protected prod.
# [environments.prod]
# database = "env:PROD_DSN"
# protected = true
# max_users = 50
# max_rate = 100                 # journeys per second
# max_duration = "5m"
# statement_timeout = "2s"

# --- Profiles: how load arrives over time -------------------------------------------------------------------------

[profiles.smoke]
executor = "constant-users"      # each user starts its next journey when the last one ends
stages = [{users = 2, for = "10s"}]

[profiles.steady]
executor = "constant-rate"       # journeys start by the clock, whatever the system does with them
stages = [{rate = 50, for = "1m"}]
arrivals = "poisson"             # as independent people arrive; or "even"
max_users = 100                  # how many may be under way at once
warmup = "5s"                    # before the stages, left out of the figures

[profiles.stress]
executor = "ramping-users"
stages = [
    {users = 10, for = "30s"},
    {users = 50, for = "40s", ramp = "10s"},    # the first 10 s lead from 10 to 50
    {users = 100, for = "40s", ramp = "10s"},
    {users = 200, for = "40s", ramp = "10s"},
]
goals = ["p95<1s", "errors<1%"]  # for this profile only

[profiles.burst]                 # the summary tells how long it took until latency was as before
executor = "ramping-rate"
stages = [{rate = 20, for = "30s"}, {rate = 200, for = "10s"}, {rate = 20, for = "60s"}]

[profiles.workday]               # from 9 to 17 h, in ten minutes
shape = "workday"
peak = 50                        # journeys per second; or users = 50
for = "10m"
# stages = [{rate = 2, for = "2m", journeys = ["compute"]}]    # then the night: only these journeys

[profiles.soak]                  # hours of the same load: the summary tells whether latency or memory drift
executor = "constant-rate"
stages = [{rate = 20, for = "2h"}]
warmup = "30s"

# --- Goals: what every run must keep, whatever its profile; a miss is exit code 4 ---------------------------------

[goals]
total = ["errors<1%"]
# "step:read counter" = ["p99<50ms"]
# "journey:read" = ["p95<100ms for 10s"]    # missed if violated through any 10 consecutive seconds

# --- Abort: end a run that has become pointless, when one of these holds ------------------------------------------

[abort]
when = ["errors>50% for 10s"]

# --- Schedules: runs that repeat by themselves, made by plimsoll schedule run -------------------------------------

# [schedules.nightly]
# cron = "0 3 * * 1-5"           # minute, hour, day of month, month, day of week (0 is Sunday)
# timezone = "Europe/Berlin"     # else UTC
# scenario = "scenarios/first.py"
# profile = "steady"
# env = "dev"
# notify = "env:TEAM_CHAT"       # a variable that holds where to tell of missed goals; see docs/guides/schedule.md

# --- Alerts: what plimsoll watch tells of; rules are built in, plimsoll alerts list shows them --------------------

# [alerts]
# notify = "env:TEAM_CHAT"

# [alerts.rules.memory]          # of a built-in rule only what is stated changes; see docs/guides/alerts.md
# above = {warning = 90, critical = 97}

# [alerts.quiet]                 # only critical ones are told meanwhile
# from = "22:00"
# to = "06:00"
# timezone = "Europe/Berlin"
"""

SCENARIO_TEXT: Final = '''\
"""A first scenario: two journeys that need no table. Replace the statements with your platform's own."""

from plimsoll import feed, journey

counters = feed.range(1, 1000)  # drawn anew wherever it is given as a parameter; the same for the same --seed


@journey(weight=9)
async def read(user):
    rows = await user.sql("read counter", "SELECT $1::int AS id, now() AS at", counters)
    user.check("one row", len(rows) == 1)
    await user.think(0.1, 0.5)  # seconds; never part of a latency


@journey(weight=1)
async def compute(user):
    await user.sql("sum a range", "SELECT sum(n) FROM generate_series(1, 1000) AS n")
'''


def write_initial_files(directory: Path) -> list[Path]:
    """Writes plimsoll.toml and scenarios/first.py into a directory and returns their paths.

    Raises UsageError, having written nothing, if one of them is already there, or cannot be written.
    """
    texts = {directory / FILE_NAME: SETTINGS_TEXT, directory / "scenarios" / "first.py": SCENARIO_TEXT}
    for path in texts:
        if path.exists() or path.is_symlink():
            raise UsageError(f"{path} is already there", remedy="remove it, or run plimsoll init in another directory")
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}", why=error.strerror or "") from None
    return list(texts)
