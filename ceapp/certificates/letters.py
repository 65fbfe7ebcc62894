"""The letters about a deed with somebody's certificate. None of them holds a reason: that stands on the page, behind a sign-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Flask, current_app

from ceapp.accounts.people.queries import person_with_id
from ceapp.certificates.facts import from_json
from ceapp.certificates.models import Certificate
from ceapp.certificates.queries import certificate_with_id
from ceapp.certificates.site import SiteCache
from ceapp.mail.letters import Composer, Letter, Values, register_letter
from ceapp.mail.models import Message


def install_letters(app: Flask) -> None:
    register_letter(app, "certificate-replaced", _letter("Your certificate was replaced by a corrected one", _replaced))
    register_letter(app, "certificate-revoked", _letter("A certificate of yours was revoked", _revoked))
    register_letter(app, "certificate-by-hand", _letter("A certificate was issued to you", _by_hand))


def _letter(subject: str, text: Callable[[str, Certificate], str]) -> Composer:
    def compose(message: Message, values: Values, _now: datetime) -> Letter | None:
        person = person_with_id(message.person_id) if message.person_id else None
        certificate = certificate_with_id(UUID(values["certificate"]))
        if person is None or person.suspended_at is not None or certificate is None:
            return None
        title = from_json(certificate.facts).course_title
        return Letter(person.email, subject, f"{text(title, certificate)}{_contact()}")

    return compose


def _replaced(title: str, certificate: Certificate) -> str:
    return (
        f"An administrator replaced your certificate for “{title}” by a corrected one. The old code says that it was replaced; "
        f"give the new one to whoever asks.\n\nThe new certificate, who made it and why:\n{_page(certificate)}\n"
    )


def _revoked(title: str, certificate: Certificate) -> str:
    return (
        f"An administrator revoked your certificate for “{title}”. It no longer counts, and whoever checks its code is told so.\n\n"
        f"Who did it and why:\n{_page(certificate)}\n"
    )


def _by_hand(title: str, certificate: Certificate) -> str:
    return (
        f"An administrator issued a certificate for “{title}” to you by hand.\n\n"
        f"The certificate, who issued it and why:\n{_page(certificate)}\n"
    )


def _page(certificate: Certificate) -> str:
    return f"{current_app.extensions['ceapp.settings'].address}/certificates/{certificate.id}"


def _contact() -> str:
    cache: SiteCache = current_app.extensions["ceapp.site"]
    contact = cache.site().contact
    return f"\nIf you have a question, write to: {contact}\n" if contact else ""
