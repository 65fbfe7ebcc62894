"""Error pages: what happened, whether work was saved, what to do next. What was typed is kept and can be sent again."""

from __future__ import annotations

import logging

from flask import Flask, g, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge

from ceapp.database import db
from ceapp.errors import CeappError, Unavailable
from ceapp.log_lines import places
from ceapp.web.request_log import note_error
from ceapp.web.resend import posted_again

log = logging.getLogger(__name__)

_SENTENCES = {
    400: ("This request was not understood", "The server could not read what was sent. Nothing was changed."),
    403: ("This is not allowed from here", "Nothing was changed."),
    404: ("There is no such page", "It may have moved, or it is not yours to open."),
    405: ("This address does not do that", "Nothing was changed."),
    409: ("That cannot be done now", "Nothing was changed."),
    413: ("That is too large", "The server did not take it, and nothing was changed."),
    429: ("Too many tries", "Nothing was changed."),
    500: ("Something broke on our side", "What you sent may not have been saved. What was saved before is safe."),
    503: ("The server is busy", "Nothing was saved this time. Send it again in a moment."),
}


def install(app: Flask) -> None:
    app.register_error_handler(CeappError, _foreseen)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(Exception, _unforeseen)


def error_page(status: int, sentence: str | None = None, title: str | None = None) -> ResponseReturnValue:
    """The page for a status; a refused form is offered again with everything that was typed in it."""
    usual_title, usual_sentence = _SENTENCES.get(status, _SENTENCES[400 if status < 500 else 500])
    page = render_template(
        "web/error.html",
        title=title or usual_title,
        sentence=sentence or usual_sentence,
        request_id=g.get("request_id", "") if status >= 500 else "",
        retry=posted_again() if status in (403, 409, 429, 500, 503) else None,
    )
    return page, status


def _foreseen(error: CeappError) -> ResponseReturnValue:
    db.session.rollback()
    note_error(error)
    if error.status >= 500:
        log.error("request %s: %s", g.get("request_id"), type(error).__name__)
    response = make_response(error_page(error.status, error.message))
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _form_expired(error: CSRFError) -> ResponseReturnValue:
    note_error(error)
    return error_page(
        403, "The form's seal did not match: it was open in another sign-in. Nothing was changed; check it and send it again."
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        return _while_answering(error.original_exception)
    note_error(error)
    if isinstance(error, RequestEntityTooLarge):
        return error_page(413)
    response = make_response(error_page(error.code))
    response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return response


def _while_answering(error: BaseException) -> ResponseReturnValue:
    """What broke while an error was being answered: rolling back, for one, when the database has just ended."""
    if isinstance(error, SQLAlchemyError):
        return _database(error)
    return _unforeseen(error)


def _database(error: SQLAlchemyError) -> ResponseReturnValue:
    db.session.rollback()
    note_error(error)
    if isinstance(error, DataError):  # PostgreSQL takes no NUL and no number that is too large.
        return error_page(400)
    if isinstance(error, IntegrityError):
        return error_page(409, "This was already done, or something it rests on has changed meanwhile. Nothing was changed this time.")
    log.error("request %s: database: %s", g.get("request_id"), type(error.__cause__ or error).__name__)
    response = make_response(error_page(503))
    response.headers["Retry-After"] = str(Unavailable.retry_after)
    return response


def _unforeseen(error: BaseException) -> ResponseReturnValue:
    db.session.rollback()
    note_error(error)
    log.error("request %s: %s at %s", g.get("request_id"), type(error).__name__, places(error))
    return error_page(500)
