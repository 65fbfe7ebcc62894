"""Whether the keys that are here are those with which the database is sealed."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from ceapp.config import Settings
from ceapp.errors import Unsafe
from ceapp.keys import Keys
from ceapp.operating.backups.contents import has_people, sealed_texts
from ceapp.operating.backups.making import database_path, engine_of, first_line

HOW = "put them back (`ceapp key import FILE`), or, when they are lost for good, run `ceapp key new sealing`"


def sealed_by_key(settings: Settings) -> dict[str, list[bytes]]:
    """Some sealed texts for each key that the database names; none without people in it. Raises Unsafe when it cannot be read."""
    path = database_path(settings)
    if path is not None and not path.exists():
        return {}
    try:
        with engine_of(settings) as engine, engine.connect() as connection:
            return sealed_texts(connection) if has_people(connection) else {}
    except DBAPIError as problem:
        raise Unsafe(f"The database cannot be read: {first_line(problem)}") from problem


def refuse_lost_keys(settings: Settings) -> None:
    """Before keys are made: raise Unsafe when the database is sealed already, as after the folder of the keys was lost."""
    if sealed := sealed_by_key(settings):
        raise Unsafe(f"The keys that sealed this database ({', '.join(sorted(sealed))}) are not under instance/keys/: {HOW}.")


def refuse_other_keys(settings: Settings, keys: Keys) -> None:
    """Raise Unsafe when a key here has the id of one that sealed this database, and is another."""
    for key_id, some in sealed_by_key(settings).items():
        if key_id in keys.sealing and not any(_opens(keys, key_id, sealed) for sealed in some):
            raise Unsafe(f"sealing-{key_id}.key under instance/keys/ is not the key that sealed this database: move it away and {HOW}.")


def _opens(keys: Keys, key_id: str, sealed: bytes) -> bool:
    try:
        keys.unseal(key_id, sealed)
    except (Unsafe, UnicodeDecodeError):
        return False
    return True
