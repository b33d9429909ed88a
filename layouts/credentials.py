"""Where the secrets are when systemd hands them over: in a folder of its own instead of the named files.

Source: systemd.exec(5), LoadCredential=. The names are those the `service` command writes: `table.key`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from layouts.bounds import BOUNDS, SECRET_FILES
from layouts.certificates import usual
from layouts.settings import Settings


def with_credentials(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """The settings with certificates from their usual place, and every secret file that systemd has handed
    over in place of the one they name.
    """
    settings = usual(settings, environ.get("HOME", ""))
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        return settings
    for table, (_, keys) in BOUNDS.items():
        section = getattr(settings, table)
        handed = {
            key.name: str(Path(folder) / f"{table}.{key.name}")
            for key in keys
            if key.name in SECRET_FILES and getattr(section, key.name)
        }
        found = {name: path for name, path in handed.items() if Path(path).is_file()}
        if found:
            settings = replace(settings, **{table: replace(section, **found)})
    return settings
