"""What a deployment says of itself: read from the environment once, checked, and handed on."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

PREFIX = "FLUENTSCRIBE_"


class SettingsError(Exception):
    """The environment does not say what is needed; the message names each variable and what is wrong with it."""


class Settings(BaseModel):
    """Each field is the variable FLUENTSCRIBE_<NAME>. Secrets are never shown."""

    model_config = ConfigDict(frozen=True)

    dsn: SecretStr  # as fluentscribe_app for serving, as fluentscribe_worker for workers
    token_secret: SecretStr = Field(default=SecretStr(""))  # signs access tokens
    files: Path = Path("fluentscribe-files")  # where uploads are kept
    reading_files: int = Field(default=2, ge=1, le=64)  # requests whose files are read at once
    pool_size: int = Field(default=10, ge=1, le=200)
    pool_wait_s: float = Field(default=10, gt=0, le=300)
    statement_timeout_s: float = Field(default=30, gt=0, le=3600)
    access_minutes: float = Field(default=15, gt=0, le=24 * 60)
    refresh_days: float = Field(default=14, gt=0, le=365)
    password_hashes: int = Field(default=2, ge=1, le=64)  # at once; each takes 64 MiB
    lockout_minutes: float = Field(default=15, gt=0, le=24 * 60)
    account_failures: int = Field(default=5, ge=1, le=1000)  # FAILURES_MAX of accounts.logging_in
    address_failures: int = Field(default=100, ge=1, le=1000)
    worker_jobs: int = Field(default=1, ge=1, le=32)  # at once; each keeps a processor busy
    worker_lease_s: float = Field(default=30, ge=1, le=3600)  # a worker silent for so long has lost its job
    worker_poll_s: float = Field(default=1, gt=0, le=60)  # how often an idle worker looks for work
    worker_attempts: int = Field(default=5, ge=1, le=100)  # after which an analysis has failed
    worker_grace_s: float = Field(default=30, ge=0, le=3600)  # for the jobs in hand, once it is told to end
    proxies: str = ""  # addresses or networks, with commas between them, whose X-Forwarded-For is believed
    metrics_token: SecretStr | None = None  # without one, whoever reaches the port may read /metrics
    cache: Literal["off", "on"] = "off"  # whether reads are answered from memory; the database must have a changelog
    cache_entries: int = Field(default=50_000, ge=1, le=10_000_000)
    cache_megabytes: int = Field(default=100, ge=1, le=100_000)
    cache_url: SecretStr | None = None  # of a Valkey server through which servers share answers; None: each has its own
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")


def settings_from(environ: Mapping[str, str] = os.environ) -> Settings:
    """Raises SettingsError."""
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() in Settings.model_fields
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError("; ".join(_said(one["loc"], one["type"], one["msg"]) for one in error.errors())) from None


def _said(where: tuple[int | str, ...], kind: str, what: str) -> str:
    """No colon after the name: what follows it in "…_SECRET: …" would be masked as a secret."""
    name = f"{PREFIX}{'_'.join(map(str, where)).upper()}"
    return f"{name} is missing" if kind == "missing" else f"{name} is wrong: {what[:1].lower()}{what[1:]}"
