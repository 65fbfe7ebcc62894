"""The database as every feature sees it: `db`, the column types, `transaction()` and ids."""

from ceapp.database.engine import begin_listeners, engine_options
from ceapp.database.ids import new_id
from ceapp.database.model import Model, db
from ceapp.database.pages import pages_of
from ceapp.database.scope import Unscoped, close_scope, everybody, install_scope, open_scope, scoped_to
from ceapp.database.transaction import in_transaction, one_at_a_time, outside_transaction, transaction
from ceapp.database.types import Id, Instant, Json

__all__ = [
    "Id",
    "Instant",
    "Json",
    "Model",
    "Unscoped",
    "begin_listeners",
    "close_scope",
    "db",
    "engine_options",
    "everybody",
    "in_transaction",
    "install_scope",
    "new_id",
    "one_at_a_time",
    "open_scope",
    "outside_transaction",
    "pages_of",
    "scoped_to",
    "transaction",
]
