"""The operator's page of the outbox: what waits, what was given up, and where there is no mail server what it says."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.home.views import blueprint
from ceapp.mail import outbox as box
from ceapp.mail import queries, showing
from ceapp.web.audience import administrator, fresh
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.get("/outbox")
@administrator
@fresh
def outbox() -> ResponseReturnValue:
    """The messages that wait or were given up."""
    listed = queries.open_messages(page_number())
    return render_template("home/outbox.html", listed=listed, has_mail_server=_has_mail_server())


@blueprint.get("/outbox/ended")
@administrator
@fresh
def outbox_ended() -> ResponseReturnValue:
    """The messages that were sent or cancelled."""
    return render_template("home/outbox_ended.html", listed=queries.ended_messages(page_number()))


@blueprint.post("/outbox/<uuid:message_id>/again")
@administrator
@fresh
@resendable
def send_message_again(message_id: UUID) -> ResponseReturnValue:
    """Try a message once more that was given up."""
    box.send_again(message_id, by=me().id, now=clock.now())
    flash("The message waits again, and is sent as soon as the mail server takes it.", "good")
    return redirect(url_for("home.outbox"), 303)


@blueprint.post("/outbox/<uuid:message_id>/cancel")
@administrator
@fresh
@resendable
def cancel_message(message_id: UUID) -> ResponseReturnValue:
    """Never send a message."""
    box.cancel(message_id, by=me().id, now=clock.now())
    flash("The message is cancelled: it is not sent.", "good")
    return redirect(url_for("home.outbox"), 303)


@blueprint.post("/outbox/<uuid:message_id>/show")
@administrator
@fresh
def show_message(message_id: UUID) -> ResponseReturnValue:
    """What a message says, where no mail server sends it. The answer is the page itself: its links and codes are kept nowhere."""
    message = queries.message(message_id)
    text = showing.show_to(me().id, message_id, now=clock.now())
    return render_template("home/outbox_shown.html", message=message, text=text)


def _has_mail_server() -> bool:
    return bool(current_app.extensions["ceapp.settings"].mail_url)
