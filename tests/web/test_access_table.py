"""Every address, the method, and who may open it. An address that is not here, or a line without an address, fails."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ceapp.web.audience import Audience, audience_of, roles_of
from tests.conftest import Agency, Member
from tests.harness.pages import Visitor

ANYONE, SIGNED_IN, ADMINISTRATOR = Audience.ANYONE, Audience.SIGNED_IN, Audience.ADMINISTRATOR
SETTING_UP, REVIEWER = Audience.SETTING_UP, Audience.REVIEWER
TRAINEE, SUPERVISOR, ADMINISTERS = frozenset({"trainee"}), frozenset({"supervisor"}), frozenset({"administrator"})
EVERY_MEMBER = TRAINEE | SUPERVISOR | ADMINISTERS
"""Roles in the organisation that the address names; a person needs one of them."""

NOBODY = "01900000-0000-7000-8000-000000000000"

TABLE: dict[tuple[str, str], Audience | frozenset[str]] = {
    ("GET", "/"): ANYONE,
    ("GET", "/VERIFY/<code>"): ANYONE,  # capitals make a smaller QR code; leads to /verify/<code>
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account"): SIGNED_IN,
    ("GET", "/account/accommodations"): SIGNED_IN,
    ("GET", "/account/accommodations/new"): SIGNED_IN,
    ("POST", "/account/accommodations/new"): SIGNED_IN,
    ("GET", "/account/accommodations/<uuid:accommodation_id>"): SIGNED_IN,
    ("POST", "/account/accommodations/<uuid:accommodation_id>/withdrawal"): SIGNED_IN,
    ("GET", "/account/data"): SIGNED_IN,
    ("POST", "/account/data"): SIGNED_IN,
    ("GET", "/account/data/<uuid:export_id>"): SIGNED_IN,
    ("GET", "/account/data/<uuid:export_id>/progress"): SIGNED_IN,
    ("POST", "/account/data/<uuid:export_id>/file"): SIGNED_IN,
    ("GET", "/account/email"): SIGNED_IN,
    ("POST", "/account/email"): SIGNED_IN,
    ("GET", "/account/email/code"): SIGNED_IN,
    ("POST", "/account/email/code"): SIGNED_IN,
    ("GET", "/account/grievances"): SIGNED_IN,
    ("GET", "/account/grievances/new"): SIGNED_IN,
    ("POST", "/account/grievances/new"): SIGNED_IN,
    ("GET", "/account/grievances/<uuid:grievance_id>"): SIGNED_IN,
    ("GET", "/account/licences"): SIGNED_IN,
    ("GET", "/account/licences/new"): SIGNED_IN,
    ("POST", "/account/licences/new"): SIGNED_IN,
    ("GET", "/account/licences/<uuid:licence_id>"): SIGNED_IN,
    ("POST", "/account/licences/<uuid:licence_id>"): SIGNED_IN,
    ("POST", "/account/licences/<uuid:licence_id>/removal"): SIGNED_IN,
    ("GET", "/account/name"): SIGNED_IN,
    ("POST", "/account/name"): SIGNED_IN,
    ("GET", "/account/password"): SIGNED_IN,
    ("POST", "/account/password"): SIGNED_IN,
    ("POST", "/account/password/removal"): SIGNED_IN,
    ("GET", "/account/prove"): SIGNED_IN,
    ("POST", "/account/prove"): SIGNED_IN,
    ("GET", "/account/prove/code"): SIGNED_IN,
    ("POST", "/account/prove/code"): SIGNED_IN,
    ("POST", "/account/prove/mail"): SIGNED_IN,
    ("GET", "/account/record"): SIGNED_IN,
    ("GET", "/account/second-factor"): SIGNED_IN,
    ("GET", "/account/second-factor/codes"): SIGNED_IN,
    ("POST", "/account/second-factor/codes"): SIGNED_IN,
    ("GET", "/account/second-factor/codes.txt"): SIGNED_IN,
    ("POST", "/account/second-factor/codes/kept"): SIGNED_IN,
    ("POST", "/account/second-factor/removal"): SIGNED_IN,
    ("GET", "/account/second-factor/set-up"): SETTING_UP,
    ("POST", "/account/second-factor/set-up"): SETTING_UP,
    ("GET", "/account/sessions"): SIGNED_IN,
    ("POST", "/account/sessions/<uuid:sign_in_id>/end"): SIGNED_IN,
    ("POST", "/account/sessions/all/end"): SIGNED_IN,
    ("POST", "/account/sessions/others/end"): SIGNED_IN,
    ("GET", "/account/sign-in"): ANYONE,
    ("POST", "/account/sign-in"): ANYONE,
    ("GET", "/account/sign-in/code"): ANYONE,
    ("POST", "/account/sign-in/code"): ANYONE,
    ("POST", "/account/sign-in/code/another"): ANYONE,
    ("GET", "/account/sign-in/second-factor"): ANYONE,  # for whose sign-in waits for it
    ("POST", "/account/sign-in/second-factor"): ANYONE,
    ("POST", "/account/sign-out"): ANYONE,
    ("GET", "/account/sign-up"): ANYONE,
    ("POST", "/account/sign-up"): ANYONE,
    ("GET", "/account/transcript"): SIGNED_IN,
    ("GET", "/account/transcript.csv"): SIGNED_IN,
    ("GET", "/account/transcript.pdf"): SIGNED_IN,
    ("GET", "/people/<uuid:person_id>/transcript"): ADMINISTRATOR,
    ("POST", "/people/<uuid:person_id>/transcript"): ADMINISTRATOR,
    ("GET", "/assets/<name>"): ANYONE,
    ("GET", "/assignments"): SIGNED_IN,  # one's own, as all of the next
    ("GET", "/assignments/<uuid:task_id>"): SIGNED_IN,
    ("POST", "/assignments/<uuid:task_id>/begin"): SIGNED_IN,
    ("GET", "/assignments/<uuid:task_id>/release"): SIGNED_IN,
    ("POST", "/assignments/<uuid:task_id>/release"): SIGNED_IN,
    ("GET", "/attempts/<uuid:attempt_id>"): SIGNED_IN,
    ("POST", "/attempts/<uuid:attempt_id>/anew"): SIGNED_IN,
    ("GET", "/attempts/<uuid:attempt_id>/<int:number>"): SIGNED_IN,
    ("POST", "/attempts/<uuid:attempt_id>/<int:number>"): SIGNED_IN,
    ("POST", "/attempts/<uuid:attempt_id>/<int:number>/removal"): SIGNED_IN,
    ("POST", "/attempts/<uuid:attempt_id>/<int:number>/draft"): SIGNED_IN,
    ("GET", "/attempts/<uuid:attempt_id>/replay"): SIGNED_IN,
    ("GET", "/attempts/<uuid:attempt_id>/result"): SIGNED_IN,
    ("GET", "/certificates"): SIGNED_IN,
    ("GET", "/certificates/all.zip"): SIGNED_IN,  # freezes missing renditions, as the next but one
    ("GET", "/certificates/<uuid:certificate_id>"): SIGNED_IN,
    ("GET", "/certificates/<uuid:certificate_id>/audit-pack"): SIGNED_IN,
    ("POST", "/certificates/<uuid:certificate_id>/audit-pack"): SIGNED_IN,
    ("GET", "/certificates/<uuid:certificate_id>.pdf"): SIGNED_IN,  # freezes a missing rendition: the one write of a GET
    ("GET", "/certificates/<uuid:certificate_id>/wrong"): SIGNED_IN,
    ("POST", "/certificates/<uuid:certificate_id>/wrong"): SIGNED_IN,
    ("GET", "/courses"): ANYONE,
    ("GET", "/courses/<course_slug>"): ANYONE,
    ("GET", "/courses/<course_slug>/again"): SIGNED_IN,
    ("POST", "/courses/<course_slug>/again"): SIGNED_IN,
    ("GET", "/courses/<course_slug>/attestation"): SIGNED_IN,
    ("POST", "/courses/<course_slug>/attestation"): SIGNED_IN,
    ("POST", "/courses/<course_slug>/certificate"): SIGNED_IN,
    ("GET", "/courses/<course_slug>/evaluation"): SIGNED_IN,
    ("POST", "/courses/<course_slug>/evaluation"): SIGNED_IN,
    ("POST", "/courses/<course_slug>/enrol"): SIGNED_IN,
    ("POST", "/courses/<course_slug>/move"): SIGNED_IN,
    ("GET", "/courses/<course_slug>/print"): SIGNED_IN,
    ("GET", "/courses/<course_slug>/preview"): ANYONE,
    ("POST", "/courses/<course_slug>/preview"): ANYONE,
    ("GET", "/courses/<course_slug>/<scenario_slug>"): ANYONE,
    ("POST", "/courses/<course_slug>/<scenario_slug>/ask"): SIGNED_IN,
    ("POST", "/courses/<course_slug>/<scenario_slug>/begin"): SIGNED_IN,
    ("POST", "/courses/<course_slug>/<scenario_slug>/practise"): SIGNED_IN,
    ("GET", "/exports"): ADMINISTRATOR,
    ("POST", "/exports"): ADMINISTRATOR,
    ("POST", "/exports/roster"): ADMINISTRATOR,
    ("GET", "/exports/<uuid:export_id>"): ADMINISTRATOR,
    ("GET", "/exports/<uuid:export_id>/progress"): ADMINISTRATOR,
    ("POST", "/exports/<uuid:export_id>/file"): ADMINISTRATOR,
    ("GET", "/reports/ce-broker"): ADMINISTRATOR,
    ("POST", "/reports/ce-broker"): ADMINISTRATOR,
    ("GET", "/reports/ce-broker/files"): ADMINISTRATOR,
    ("GET", "/reports/ce-broker/files/<uuid:file_id>"): ADMINISTRATOR,
    ("POST", "/reports/ce-broker/files/<uuid:file_id>"): ADMINISTRATOR,
    ("POST", "/reports/ce-broker/files/<uuid:file_id>/file"): ADMINISTRATOR,
    ("GET", "/reports/ce-broker/lines/<uuid:entry_id>"): ADMINISTRATOR,
    ("POST", "/reports/ce-broker/lines/<uuid:entry_id>"): ADMINISTRATOR,
    ("GET", "/reports/ce-broker/settings"): ADMINISTRATOR,
    ("GET", "/reports/ce-broker/settings/new"): ADMINISTRATOR,
    ("POST", "/reports/ce-broker/settings/new"): ADMINISTRATOR,
    ("GET", "/reports/ce-broker/settings/<uuid:setting_id>"): ADMINISTRATOR,
    ("POST", "/reports/ce-broker/settings/<uuid:setting_id>"): ADMINISTRATOR,
    ("GET", "/reports/yearly"): ADMINISTRATOR,
    ("GET", "/reports/yearly/<course_slug>"): ADMINISTRATOR,
    ("POST", "/reports/yearly/<course_slug>"): ADMINISTRATOR,
    ("GET", "/reports/evaluation"): ADMINISTRATOR,
    ("GET", "/reports/evaluation/<course_slug>"): ADMINISTRATOR,
    ("POST", "/reports/evaluation/<course_slug>"): ADMINISTRATOR,
    ("GET", "/grades"): ANYONE,
    ("GET", "/healthz"): ANYONE,
    ("GET", "/healthz/ready"): ANYONE,
    ("GET", "/help"): ANYONE,
    ("GET", "/images/<image_id>"): ANYONE,
    ("GET", "/invitations/<token>"): ANYONE,
    ("POST", "/invitations/<token>"): ANYONE,
    ("GET", "/issued-certificates"): ADMINISTRATOR,
    ("GET", "/issued-certificates/requests"): ADMINISTRATOR,
    ("POST", "/issued-certificates/requests/<uuid:correction_id>/answer"): ADMINISTRATOR,
    ("GET", "/issued-certificates/<uuid:certificate_id>"): ADMINISTRATOR,
    ("GET", "/issued-certificates/<uuid:certificate_id>/correction"): ADMINISTRATOR,
    ("POST", "/issued-certificates/<uuid:certificate_id>/correction"): ADMINISTRATOR,
    ("GET", "/issued-certificates/<uuid:certificate_id>/revocation"): ADMINISTRATOR,
    ("POST", "/issued-certificates/<uuid:certificate_id>/revocation"): ADMINISTRATOR,
    ("GET", "/people/<uuid:person_id>/certificate"): ADMINISTRATOR,
    ("POST", "/people/<uuid:person_id>/certificate"): ADMINISTRATOR,
    ("GET", "/metrics"): ANYONE,  # whoever brings the token
    ("GET", "/operating"): ADMINISTRATOR,
    ("POST", "/operating/look"): ADMINISTRATOR,
    ("GET", "/retention"): ADMINISTRATOR,
    ("GET", "/retention/holds"): ADMINISTRATOR,
    ("GET", "/retention/holds/new"): ADMINISTRATOR,
    ("POST", "/retention/holds/new"): ADMINISTRATOR,
    ("GET", "/retention/holds/<uuid:hold_id>/lifting"): ADMINISTRATOR,
    ("POST", "/retention/holds/<uuid:hold_id>/lifting"): ADMINISTRATOR,
    ("GET", "/outbox"): ADMINISTRATOR,
    ("GET", "/outbox/ended"): ADMINISTRATOR,
    ("POST", "/outbox/<uuid:message_id>/again"): ADMINISTRATOR,
    ("POST", "/outbox/<uuid:message_id>/cancel"): ADMINISTRATOR,
    ("POST", "/outbox/<uuid:message_id>/show"): ADMINISTRATOR,
    ("GET", "/people"): ADMINISTRATOR,
    ("GET", "/people/<uuid:person_id>"): ADMINISTRATOR,
    ("GET", "/people/<uuid:person_id>/<deed_slug>"): ADMINISTRATOR,
    ("POST", "/people/<uuid:person_id>/<deed_slug>"): ADMINISTRATOR,
    ("GET", "/people/<uuid:person_id>/enrolments"): ADMINISTRATOR,
    ("POST", "/people/<uuid:person_id>/enrolments/<uuid:enrolment_id>/<scenario_slug>/attempts"): ADMINISTRATOR,
    ("GET", "/people/<uuid:person_id>/record/<uuid:subject_id>"): ADMINISTRATOR,  # what is opened with a reason, as the next
    ("GET", "/people/<uuid:person_id>/record/<uuid:subject_id>/<uuid:attempt_id>"): ADMINISTRATOR,
    ("GET", "/people/<uuid:person_id>/record/<uuid:enrolment_id>/audit-pack"): ADMINISTRATOR,
    ("POST", "/people/<uuid:person_id>/record/<uuid:enrolment_id>/audit-pack"): ADMINISTRATOR,
    ("GET", "/people/<uuid:person_id>/record/<uuid:subject_id>/open"): ADMINISTRATOR,
    ("POST", "/people/<uuid:person_id>/record/<uuid:subject_id>/open"): ADMINISTRATOR,
    ("GET", "/reports/times"): ADMINISTRATOR,
    ("GET", "/reports/times/<course_slug>"): ADMINISTRATOR,
    ("GET", "/reports/times/<course_slug>.csv"): ADMINISTRATOR,
    ("GET", "/practice"): SIGNED_IN,
    ("GET", "/organisations/<organisation>/progress"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/progress.csv"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/signed-off"): SUPERVISOR,
    ("GET", "/organisations/<organisation>/trainees/<uuid:person_id>"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/trainees/<uuid:person_id>/<uuid:task_id>"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/trainees/<uuid:person_id>/<uuid:task_id>/reflection"): SUPERVISOR,  # being read is a record
    ("GET", "/organisations/<organisation>/trainees/<uuid:person_id>/<uuid:task_id>/sign-off"): SUPERVISOR,
    ("POST", "/organisations/<organisation>/trainees/<uuid:person_id>/<uuid:task_id>/sign-off"): SUPERVISOR,
    ("GET", "/organisations/<organisation>/assign"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/assign"): SUPERVISOR | ADMINISTERS,  # the form again, as it was filled in
    ("POST", "/organisations/<organisation>/assign/preview"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/assignments"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/assignments"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/assignments/<uuid:assignment_id>"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/assignments/<uuid:assignment_id>/people/<uuid:person_id>/withdraw"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/assignments/<uuid:assignment_id>/people/<uuid:person_id>/withdraw"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/assignments/<uuid:assignment_id>/withdraw"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/assignments/<uuid:assignment_id>/withdraw"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/tasks/<uuid:task_id>/another-attempt"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/tasks/<uuid:task_id>/another-attempt"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/tasks/<uuid:task_id>/extend"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/tasks/<uuid:task_id>/extend"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations"): ADMINISTRATOR,
    ("GET", "/organisations/new"): ADMINISTRATOR,
    ("POST", "/organisations/new"): ADMINISTRATOR,
    ("GET", "/organisations/<organisation>"): EVERY_MEMBER,
    ("GET", "/organisations/<organisation>/invitations"): ADMINISTERS,
    ("GET", "/organisations/<organisation>/invitations/new"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/invitations/new"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/invitations/<uuid:invitation_id>/sending"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/invitations/<uuid:invitation_id>/withdrawal"): ADMINISTERS,
    ("GET", "/organisations/<organisation>/leave"): EVERY_MEMBER,
    ("POST", "/organisations/<organisation>/leave"): EVERY_MEMBER,
    ("GET", "/organisations/<organisation>/members"): ADMINISTERS,
    ("GET", "/organisations/<organisation>/members/import"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/members/import"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/members/import/invitations"): ADMINISTERS,
    ("GET", "/organisations/<organisation>/members/<uuid:person_id>"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/members/<uuid:person_id>"): ADMINISTERS,
    ("GET", "/organisations/<organisation>/members/<uuid:person_id>/end"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/members/<uuid:person_id>/end"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/members/<uuid:person_id>/restoration"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/members/<uuid:person_id>/suspension"): ADMINISTERS,
    ("GET", "/organisations/<organisation>/settings"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/settings"): ADMINISTERS,
    ("GET", "/organisations/<organisation>/groups"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/groups"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/groups/<uuid:group_id>"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/groups/<uuid:group_id>"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/groups/<uuid:group_id>/delete"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/groups/<uuid:group_id>/delete"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/groups/<uuid:group_id>/members"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/groups/<uuid:group_id>/members/remove"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/supervision"): ADMINISTERS,
    ("GET", "/organisations/<organisation>/supervision/<uuid:relation_id>"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/supervision/<uuid:relation_id>"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/supervision/<uuid:relation_id>/end"): ADMINISTERS,
    ("GET", "/organisations/<organisation>/supervision/covers"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/supervision/covers"): SUPERVISOR | ADMINISTERS,
    ("POST", "/organisations/<organisation>/supervision/covers/<uuid:cover_id>/end"): SUPERVISOR | ADMINISTERS,
    ("GET", "/organisations/<organisation>/supervision/mine"): SUPERVISOR,
    ("GET", "/organisations/<organisation>/supervision/new"): ADMINISTERS,
    ("POST", "/organisations/<organisation>/supervision/new"): ADMINISTERS,
    ("GET", "/privacy"): ANYONE,
    ("GET", "/provider"): ADMINISTRATOR,
    ("POST", "/provider"): ADMINISTRATOR,
    ("GET", "/people/<uuid:person_id>/enrolments/new"): ADMINISTRATOR,
    ("POST", "/people/<uuid:person_id>/enrolments/new"): ADMINISTRATOR,
    ("GET", "/people/<uuid:person_id>/enrolments/<uuid:enrolment_id>/payment"): ADMINISTRATOR,
    ("POST", "/people/<uuid:person_id>/enrolments/<uuid:enrolment_id>/payment"): ADMINISTRATOR,
    ("GET", "/provider/accommodations"): ADMINISTRATOR,
    ("GET", "/provider/accommodations/<uuid:accommodation_id>"): ADMINISTRATOR,
    ("POST", "/provider/accommodations/<uuid:accommodation_id>/answer"): ADMINISTRATOR,
    ("POST", "/provider/accommodations/<uuid:accommodation_id>/reading"): ADMINISTRATOR,
    ("GET", "/provider/grievances"): ADMINISTRATOR,
    ("GET", "/provider/grievances/<uuid:grievance_id>"): ADMINISTRATOR,
    ("POST", "/provider/grievances/<uuid:grievance_id>/answer"): ADMINISTRATOR,
    ("GET", "/provider/offers"): ADMINISTRATOR,
    ("GET", "/provider/offers/<course_slug>"): ADMINISTRATOR,
    ("POST", "/provider/offers/<course_slug>"): ADMINISTRATOR,
    ("GET", "/provider/offers/<course_slug>/vouchers"): ADMINISTRATOR,
    ("POST", "/provider/offers/<course_slug>/vouchers"): ADMINISTRATOR,
    ("GET", "/provider/texts/<kind>/<uuid:text_id>/removal"): ADMINISTRATOR,
    ("POST", "/provider/texts/<kind>/<uuid:text_id>/removal"): ADMINISTRATOR,
    ("GET", "/provider/vouchers/<uuid:batch_id>"): ADMINISTRATOR,
    ("POST", "/provider/vouchers/<uuid:batch_id>/codes.csv"): ADMINISTRATOR,
    ("POST", "/provider/vouchers/<uuid:batch_id>/withdrawal"): ADMINISTRATOR,
    ("GET", "/provider/approvals"): ADMINISTRATOR,
    ("GET", "/provider/approvals/new"): ADMINISTRATOR,
    ("POST", "/provider/approvals/new"): ADMINISTRATOR,
    ("GET", "/provider/approvals/<uuid:approval_id>"): ADMINISTRATOR,
    ("GET", "/provider/approvals/<uuid:approval_id>/change"): ADMINISTRATOR,
    ("POST", "/provider/approvals/<uuid:approval_id>/change"): ADMINISTRATOR,
    ("GET", "/provider/approvals/<uuid:approval_id>/withdrawal"): ADMINISTRATOR,
    ("POST", "/provider/approvals/<uuid:approval_id>/withdrawal"): ADMINISTRATOR,
    ("GET", "/provider/attachments"): ADMINISTRATOR,
    ("GET", "/provider/attachments/new"): ADMINISTRATOR,
    ("POST", "/provider/attachments/new"): ADMINISTRATOR,
    ("GET", "/provider/attachments/<uuid:attachment_id>"): ADMINISTRATOR,
    ("GET", "/provider/attachments/<uuid:attachment_id>/file"): ADMINISTRATOR,
    ("GET", "/provider/attachments/<uuid:attachment_id>/newer"): ADMINISTRATOR,
    ("POST", "/provider/attachments/<uuid:attachment_id>/newer"): ADMINISTRATOR,
    ("GET", "/provider/files"): ADMINISTRATOR,
    ("GET", "/provider/files/<course_slug>"): ADMINISTRATOR,
    ("GET", "/provider/files/<course_slug>/adoption"): ADMINISTRATOR,
    ("POST", "/provider/files/<course_slug>/adoption"): ADMINISTRATOR,
    ("GET", "/provider/files/<course_slug>/dossier"): ADMINISTRATOR,
    ("POST", "/provider/files/<course_slug>/dossier"): ADMINISTRATOR,
    ("GET", "/provider/files/<course_slug>/reviewers"): ADMINISTRATOR,
    ("GET", "/provider/files/<course_slug>/reviewers/new"): ADMINISTRATOR,
    ("POST", "/provider/files/<course_slug>/reviewers/new"): ADMINISTRATOR,
    ("POST", "/provider/issue"): ADMINISTRATOR,
    ("POST", "/provider/reviewers/<uuid:review_id>/end"): ADMINISTRATOR,
    ("GET", "/requests"): ADMINISTRATOR,
    ("POST", "/requests/<uuid:request_id>/decline"): ADMINISTRATOR,
    ("POST", "/requests/<uuid:request_id>/grant"): ADMINISTRATOR,
    ("GET", "/reflection-readings"): SIGNED_IN,
    ("GET", "/review"): REVIEWER,
    ("GET", "/review/<course_slug>"): REVIEWER,
    ("GET", "/review/<course_slug>/attachments/<uuid:attachment_id>"): REVIEWER,
    ("POST", "/review/<course_slug>/dossier"): REVIEWER,
    ("GET", "/review/<course_slug>/scenarios/<scenario_slug>"): REVIEWER,
    ("GET", "/review/<course_slug>/specimen.pdf"): REVIEWER,
    ("GET", "/set-up/<token>"): ANYONE,
    ("POST", "/set-up/<token>"): ANYONE,
    ("GET", "/standards/<revision_id>"): ANYONE,
    ("GET", "/supervision"): SIGNED_IN,
    ("GET", "/training-record"): SIGNED_IN,
    ("GET", "/training-record/<slug>"): SIGNED_IN,
    ("GET", "/training-record/<slug>.csv"): SIGNED_IN,
    ("GET", "/verify"): ANYONE,
    ("GET", "/verify/<code>"): ANYONE,
}


def addresses(app: Flask) -> dict[tuple[str, str], str]:
    return {
        (method, rule.rule): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or ())
        if method in ("GET", "POST")
    }


def declared_of(endpoint: str) -> Audience | frozenset[str] | None:
    audience = audience_of(endpoint)
    return frozenset(roles_of(endpoint)) if audience is Audience.MEMBER else audience


def filled(rule: str, organisation: str = "nonsense") -> str:
    rule = rule.replace("<organisation>", organisation)
    rule = re.sub(r"<uuid:[a-z_]+>", NOBODY, rule)
    rule = re.sub(r"<int:[a-z_]+>", "1", rule)
    return re.sub(r"<[a-z_]+>", "nonsense", rule)


def token_for(client: FlaskClient) -> str:
    return client.get("/account").get_data(as_text=True).split('name="csrf_token"')[1].split('value="')[1].split('"')[0]


def test_a1_the_table_is_the_applications(app: Flask) -> None:
    assert set(addresses(app)) == set(TABLE)


def test_a1_every_view_declares_what_the_table_says(app: Flask) -> None:
    with app.app_context():
        declared = {address: declared_of(endpoint) for address, endpoint in addresses(app).items()}
    assert declared == TABLE


@pytest.mark.parametrize("address", [address for address, audience in TABLE.items() if audience is not ANYONE], ids=str)
def test_nobody_signed_in_is_sent_to_sign_in_or_refused(browser_of: Callable[[Member | None], Visitor], address: tuple[str, str]) -> None:
    method, rule = address
    client = browser_of(None).client
    with_token = client.get("/account/sign-in").get_data(as_text=True).split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    response = client.open(filled(rule), method=method, data={"csrf_token": with_token} if method == "POST" else None)
    if TABLE[address] is ADMINISTRATOR:
        assert response.status_code in (303, 403, 404)
    elif method == "GET":
        assert response.status_code == 303
        assert response.headers["Location"].startswith("/account/sign-in?next=")
    else:
        assert response.status_code == 403


@pytest.mark.parametrize("address", [address for address, audience in TABLE.items() if audience is ADMINISTRATOR], ids=str)
def test_who_is_not_an_administrator_finds_nothing(
    browser_of: Callable[[Member | None], Visitor], rita: Member, address: tuple[str, str]
) -> None:
    method, rule = address
    client = browser_of(rita).client
    data = {"csrf_token": token_for(client)} if method == "POST" else None
    assert client.open(filled(rule), method=method, data=data).status_code == 404


OF_OTHERS = [address for address, audience in TABLE.items() if audience not in (ANYONE, REVIEWER)]
OF_REVIEWERS = [address for address, audience in TABLE.items() if audience is REVIEWER]


@pytest.mark.parametrize("address", OF_OTHERS, ids=str)
def test_a1_a_reviewer_finds_nothing_but_what_they_review(
    browser_of: Callable[[Member | None], Visitor], make_person: Callable[..., Member], address: tuple[str, str]
) -> None:
    method, rule = address
    client = browser_of(make_person("bea@board.example", "Bea Moss", is_reviewer=True)).client
    token = client.get("/review").get_data(as_text=True).split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    data = {"csrf_token": token} if method == "POST" else None
    assert client.open(filled(rule), method=method, data=data).status_code == 404


@pytest.mark.parametrize("address", OF_REVIEWERS, ids=str)
def test_a1_who_is_no_reviewer_finds_nothing_of_it(
    browser_of: Callable[[Member | None], Visitor], rita: Member, address: tuple[str, str]
) -> None:
    method, rule = address
    client = browser_of(rita).client
    data = {"csrf_token": token_for(client)} if method == "POST" else None
    assert client.open(filled(rule), method=method, data=data).status_code == 404


OF_MEMBERS = [address for address, audience in TABLE.items() if isinstance(audience, frozenset)]


@pytest.mark.parametrize("address", OF_MEMBERS, ids=str)
def test_a1_a2_another_organisation_looks_like_none(
    browser_of: Callable[[Member | None], Visitor], rita: Member, agency: Agency, elsewhere: Agency, address: tuple[str, str]
) -> None:
    method, rule = address
    client = browser_of(rita).client
    data = {"csrf_token": token_for(client)} if method == "POST" else None
    foreign, unknown = (client.open(filled(rule, slug), method=method, data=data) for slug in (agency.slug, "nonsense"))
    assert foreign.status_code == unknown.status_code == 404
    assert len(foreign.data) == len(unknown.data)


@pytest.mark.parametrize("address", [address for address in OF_MEMBERS if TABLE[address] != EVERY_MEMBER], ids=str)
def test_a1_a_member_without_the_role_finds_nothing(
    browser_of: Callable[[Member | None], Visitor], tess: Member, sam: Member, ines: Member, agency: Agency, address: tuple[str, str]
) -> None:
    method, rule = address
    for person, role in ((tess, "trainee"), (sam, "supervisor"), (ines, "administrator")):
        if role not in TABLE[address]:
            client = browser_of(person).client
            data = {"csrf_token": token_for(client)} if method == "POST" else None
            assert client.open(filled(rule, agency.slug), method=method, data=data).status_code == 404


@pytest.mark.parametrize("address", [address for address in TABLE if address[0] == "POST"], ids=str)
def test_d10_a_post_without_its_token_or_from_another_site_is_refused(
    browser_of: Callable[[Member | None], Visitor], ada: Member, address: tuple[str, str]
) -> None:
    client = browser_of(ada).client
    assert client.post(filled(address[1]), data={"x": "1"}).status_code == 403
    assert client.post(filled(address[1]), data={"x": "1"}, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert client.post(filled(address[1]), data={"x": "1"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("address", [address for address in TABLE if address[1] != "/VERIFY/<code>"], ids=str)
def test_addresses_are_kebab_case_nouns(address: tuple[str, str]) -> None:
    fixed = [part for part in address[1].split("/") if part and "<" not in part]
    assert all(part == part.lower() and "_" not in part for part in fixed)
