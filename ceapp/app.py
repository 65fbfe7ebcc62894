"""The application: settings in, a Flask application out."""

from __future__ import annotations

import gc
from dataclasses import replace

from flask import Flask, before_render_template
from jinja2 import StrictUndefined
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from werkzeug.middleware.proxy_fix import ProxyFix

from ceapp import accounts, audit, catalogue, certificates, home, learning, mail, operating, reporting, supervision, web
from ceapp.certificates.pdf import warm
from ceapp.config import Settings, load_settings
from ceapp.database import begin_listeners, db, engine_options, install_scope, outside_transaction
from ceapp.database.lock import WriterLock
from ceapp.database.slow_queries import watch_statements
from ceapp.errors import Unsafe
from ceapp.keys import has_sealing_keys, load_keys
from ceapp.operating.sealing import refuse_lost_keys
from ceapp.web.seals import Accepted, Resealing

FEATURES = (web, audit, mail, accounts, certificates, catalogue, learning, supervision, reporting, operating, home)
"""Each has `install(app)`, which registers its blueprint and what its pages need; in the order of the house."""

MAX_BODY = 2 * 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application. Raises Unsafe when the configuration must not be served."""
    settings = settings or load_settings()
    app = Flask(__name__, static_folder=None)
    _configure(app, settings)
    _take_keys(app, settings)
    _open_database(app, settings)
    for feature in FEATURES:
        feature.install(app)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def create_server_app() -> Flask:
    """The application as a server process runs it: the certificate compiler is warm before the first request."""
    app = create_app()
    with app.app_context():
        warm()
    gc.collect()
    gc.freeze()  # What is loaded by now stays: a full round of the collector need not walk over it while somebody waits.
    return app


def _configure(app: Flask, settings: Settings) -> None:
    settings.instance_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.instance_path.chmod(0o700)  # The folder of a clone is open to everybody at first.
    prefix = "__Host-" if settings.is_https else ""
    app.extensions["ceapp.settings"] = settings
    app.config.update(
        SESSION_COOKIE_NAME=f"{prefix}ceapp-form",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SIGN_IN_COOKIE_NAME=f"{prefix}ceapp",
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=1_200,
        TRUSTED_HOSTS=settings.trusted_hosts or None,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    before_render_template.connect(_refuse_slow_transaction, app)


def _take_keys(app: Flask, settings: Settings) -> None:
    """The keys, made where there are none yet. The one setting for a secret stands in for the file."""
    folder = settings.instance_path / "keys"
    if not has_sealing_keys(folder):
        refuse_lost_keys(settings)
    keys = load_keys(folder)
    if settings.secret_key:
        keys = replace(keys, secret=settings.secret_key)
    app.extensions["ceapp.keys"] = keys
    app.config.update(SECRET_KEY=keys.secret, SECRET_KEY_FALLBACKS=Accepted(keys, others_only=True), WTF_CSRF_SECRET_KEY=Accepted(keys))
    app.session_interface = Resealing()


def _refuse_slow_transaction(_app: Flask, **_details: object) -> None:
    outside_transaction("a template")


def _open_database(app: Flask, settings: Settings) -> None:
    url = settings.database
    app.config["SQLALCHEMY_DATABASE_URI"] = _parsed(url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url, settings.threads)
    path = _parsed(url).database if url.startswith("sqlite") else None
    app.extensions["ceapp.writer_lock"] = WriterLock(settings.instance_path / "writer.lock" if path else None)
    db.init_app(app)
    with app.app_context():
        begin_listeners(db.engine)
        install_scope(db.engine)
        watch_statements(db.engine, settings.slow_query_ms)
    app.teardown_appcontext(_put_away_connection)


def _put_away_connection(_error: BaseException | None) -> None:
    """When PostgreSQL has ended the connection meanwhile, the answer is ready nevertheless, and what it says was saved is saved."""
    try:
        db.session.close()
    except DBAPIError:
        db.session().invalidate()


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as problem:
        raise Unsafe("database_url is no address of a database, such as postgresql://ceapp@localhost/ceapp.") from problem
