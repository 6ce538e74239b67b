"""Where does the engine listen, and where does it keep things?

Settings come from the environment (``RISKENGINE_HOST``, ``RISKENGINE_TOKEN`` …) or from arguments.
This module also holds the only clock of the project.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from riskengine.errors import NotAllowed

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseSettings):
    """What the person who runs the engine may choose.

    database
        SQLAlchemy URL; empty means a SQLite file in the data folder.
    token
        Every request must carry it as ``Authorization: Bearer``; needed beyond loopback.
    data
        Folder of the database, the sealed secrets and the papers.
    policy
        Name or folder of the pack that is applied when a request names none.
    upload_megabytes
        Largest request body; larger ones are refused before they are read.
    jobs
        Long solves that may run at once; others wait.
    """

    model_config = SettingsConfigDict(env_prefix="RISKENGINE_", frozen=True, extra="forbid")

    database: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8350, ge=1, le=65535)
    token: SecretStr | None = None
    data: Path = Path("riskengine-data")
    policy: str = "cn-transport"
    upload_megabytes: int = Field(default=256, ge=1)
    jobs: int = Field(default=1, ge=1)

    @property
    def database_file(self) -> Path:
        """The SQLite file in the data folder, which is used unless a database is named."""
        return self.data / "riskengine.db"

    @property
    def database_url(self) -> str:
        """The database, or the SQLite file in the data folder."""
        return self.database or f"sqlite:///{self.database_file.resolve()}"


def allowed_to_listen(settings: Settings) -> Settings:
    """Refuse to listen beyond this machine without a token.

    >>> allowed_to_listen(Settings(host="0.0.0.0", token=None)).host
    Traceback (most recent call last):
    riskengine.errors.NotAllowed: 监听 0.0.0.0 ...
    """
    if settings.host not in LOOPBACK and not (
        settings.token and settings.token.get_secret_value().strip()
    ):
        raise NotAllowed("token_needed", host=settings.host)
    return settings


def now() -> dt.datetime:
    """The clock: this moment in UTC, to the second."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)
