"""What a program with pydantic-settings does first: its settings, from a file or the environment.

settings.py KEYS_FILE file|environment
"""

import sys

from pydantic import AnyUrl, PostgresDsn, RedisDsn, SecretStr, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

TYPES = {
    "DATABASE_URL": PostgresDsn,
    "DATABASE_PASSWORD": SecretStr,
    "MAX_WORKERS": int,
    "REDIS_URL": RedisDsn,
    "STRIPE_API_KEY": SecretStr,
    "TELEGRAM_BOT_TOKEN": SecretStr,
    "TELEGRAM_WEBHOOK_URL": AnyUrl,
}


def main(path: str, source: str) -> None:
    # A class of some size is declared as people do it; beyond that the file's other keys are extras,
    # which costs pydantic less than fields would.
    with open(path, encoding="utf-8") as file:
        keys = [line.partition("=")[0] for line in file]
    fields = {key: (TYPES.get(key, str), ...) for key in keys if len(keys) <= 100 or key in TYPES}

    class Base(BaseSettings):
        model_config = SettingsConfigDict(
            env_file=path if source == "file" else None, extra="allow", case_sensitive=True
        )

    settings = create_model("Settings", __base__=Base, **fields)()
    assert settings.MAX_WORKERS == 4


main(*sys.argv[1:])
