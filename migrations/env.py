"""Runs the migrations, on the connection that `ceapp serve` hands over or, for the alembic command, on the configured database."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection, create_engine

from ceapp.config import load_settings
from ceapp.database import Model, engine_options
from ceapp.database.triggers import install_triggers
from ceapp.database.types import UtcDateTime

FEATURES_WITH_TABLES = ("audit", "mail", "accounts", "certificates", "catalogue", "learning", "supervision", "reporting")

for feature in FEATURES_WITH_TABLES:
    importlib.import_module(f"ceapp.{feature}.models")


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Migrations name plain SQLAlchemy types only, so that they stay runnable when our own types move."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


@contextmanager
def connection() -> Iterator[Connection]:
    handed_over = context.config.attributes.get("connection")
    if handed_over is not None:
        yield handed_over
        return
    url = load_settings().database
    with create_engine(url, **engine_options(url)).connect() as own:
        yield own


with connection() as bind:
    context.configure(
        connection=bind,
        target_metadata=Model.metadata,
        render_as_batch=bind.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if not context.config.cmd_opts or getattr(context.config.cmd_opts, "cmd", (None,))[0].__name__ in ("upgrade", "downgrade"):
        install_triggers(bind)
        bind.commit()
