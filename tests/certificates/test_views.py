"""The pages: one's own certificates, the public check, the provider."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask

from ceapp.accounts.guesses import LIMITS
from ceapp.certificates import queries
from ceapp.certificates.codes import new_code, show
from ceapp.certificates.facts import FIELDS, from_json, printed
from ceapp.certificates.life import revoke
from ceapp.certificates.models import Certificate
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.service import issue_waiting
from tests.certificates.conftest import NOW, png, provider_input
from tests.conftest import Member
from tests.harness.pages import Page, Visitor

Give = Callable[..., Certificate]
Visit = Callable[..., Page]
LATER = NOW + timedelta(days=3)


class TestOwnCertificates:
    def test_none_yet(self, visit: Visit, tess: Member) -> None:
        page = visit("/certificates", person=tess)
        assert page.h1 == "Your certificates"
        assert page.link("See the courses").endswith("/courses")

    def test_listed_with_everything_one_needs(self, visit: Visit, tess: Member, omar: Member, provider: None, issued: Give) -> None:
        certificate = issued(tess)
        issued(omar, course_title="Not hers")
        page = visit("/certificates", person=tess)
        assert "3 contact hours, ethics, completed 20 November 2026" in page.text
        assert "Valid" in page.text
        assert show(certificate.code) in page.text
        assert "Not hers" not in page.text

    def test_pages_with_a_constant_number_of_queries(self, visit: Visit, tess: Member, provider: None, issued: Give) -> None:
        issued(tess)
        visit("/certificates", person=tess)  # fills the cache of the site's name
        few = visit("/certificates", person=tess).queries
        for cycle in range(2, 25):
            issued(tess, cycle=cycle)
        page = visit("/certificates", person=tess)
        assert page.queries == few
        assert "Page 1 of 2" in page.text
        assert "Page 2 of 2" in page.follow("Next").text

    def test_c8_the_twin_shows_exactly_the_printed_facts(self, visit: Visit, tess: Member, provider: None, issued: Give) -> None:
        certificate = issued(tess, now=LATER, name="Zoë <b> {{ me }} Ng")
        page = visit(f"/certificates/{certificate.id}", person=tess)
        assert page.h1 == "Certificate of completion"
        for line in printed(from_json(certificate.facts)):
            parts = line.value.split(", ", 1) if line.key == "delivery" else [line.value]
            assert all(part.casefold() in page.text.casefold() for part in parts), line.key
        assert page.select("//img[@alt='Signature of Miriam Okonkwo']")
        assert "issued 23 November 2026" in page.text

    def test_somebody_elses_certificate_is_missing(self, visit: Visit, tess: Member, rita: Member, ada: Member, issued: Give) -> None:
        certificate = issued(tess)
        for person in (rita, ada):
            for suffix in ("", ".pdf"):
                foreign = visit(f"/certificates/{certificate.id}{suffix}", person=person, status=404)
                unknown = visit(f"/certificates/{uuid4()}{suffix}", person=person, status=404)
                assert _without_chance(foreign.html) == _without_chance(unknown.html)

    def test_a_specimen_says_what_to_wait_for(self, visit: Visit, tess: Member, issued: Give) -> None:
        page = visit(f"/certificates/{issued(tess).id}", person=tess)
        assert page.h1 == "Specimen: not a certificate"
        assert "Your completion on 20 November 2026 is recorded" in page.text
        assert "Serial" not in page.text

    def test_c5_superseded_and_revoked(self, app: Flask, visit: Visit, tess: Member, ada: Member, issued: Give) -> None:
        specimen = issued(tess)
        with app.app_context():
            set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
            issue_waiting(by=ada.id, now=LATER)
            current = queries.current_certificates(tess.id)[0]
        assert "replaced this one on 23 November 2026" in visit(f"/certificates/{specimen.id}", person=tess).text
        assert len(visit("/certificates", person=tess).select("//section")) == 1
        with app.app_context():
            revoke(current.id, by=ada.id, reason="by mistake", now=LATER)
        page = visit(f"/certificates/{current.id}", person=tess)
        assert "was revoked on 23 November 2026" in page.text
        assert "Reason: by mistake" in page.text  # for its holder alone

    def test_a_missing_font_is_named(self, visit: Visit, tess: Member, provider: None, issued: Give) -> None:
        certificate = issued(tess, name="𒀀 Tess")
        page = visit(f"/certificates/{certificate.id}", person=tess)
        assert "Noto Sans Cuneiform" in page.text
        refused = visit(f"/certificates/{certificate.id}.pdf", person=tess, status=409)
        assert "Noto Sans Cuneiform" in refused.text
        assert "is valid" in visit(f"/verify/{certificate.code}").text


class TestPdf:
    @pytest.mark.both_databases
    def test_download(self, visit: Visit, tess: Member, provider: None, issued: Give) -> None:
        certificate = issued(tess, name='"; filename=evil.exe\r\n Ψ')
        address = f"/certificates/{certificate.id}.pdf"
        letter = visit(address, person=tess).response
        assert letter.mimetype == "application/pdf"
        assert letter.headers["Content-Disposition"] == "attachment; filename=certificate-2026-000001-social-media-ethics.pdf"
        assert letter.headers["Cache-Control"] == "private, no-cache"
        assert letter.headers["X-Content-Type-Options"] == "nosniff"
        assert letter.data.startswith(b"%PDF-1.7")
        assert visit(address, person=tess, headers={"If-None-Match": letter.headers["ETag"]}, status=304).response.data == b""
        assert visit(f"{address}?paper=a4", person=tess).response.data != letter.data
        assert visit(f"{address}?paper=letter", person=tess).response.data == letter.data
        visit(f"{address}?paper=../../etc", person=tess, status=404)

    def test_only_for_who_is_signed_in(self, visit: Visit, tess: Member, issued: Give) -> None:
        assert "/account/sign-in" in visit(f"/certificates/{issued(tess).id}.pdf", status=303).response.headers["Location"]


class TestVerify:
    def test_the_form_leads_to_the_answer(self, visit: Visit, tess: Member, provider: None, issued: Give) -> None:
        certificate = issued(tess)
        page = visit("/verify")
        assert page.h1 == "Check a certificate"
        for typed in (show(certificate.code).lower(), f" {certificate.code} ", f"https://ce.example.org/verify/{certificate.code}/"):
            assert page.submit("Check", code=typed, status=303).response.status_code == 303
            answer = visit("/verify", query={"code": typed}, status=303).response.headers["Location"]
            assert visit(answer).h1 == "This certificate is valid"
        assert visit("/verify", query={"code": " /// "}).h1 == "Check a certificate"

    @pytest.mark.both_databases
    def test_c3_exactly_the_printed_facts(self, visit: Visit, tess: Member, provider: None, issued: Give) -> None:
        certificate = issued(tess, now=LATER)
        page = visit(f"/verify/{certificate.code}")
        shown = list(zip([_words(e) for e in page.select("//main//dt")], [_words(e) for e in page.select("//main//dd")], strict=True))
        assert shown == [(line.label, line.value) for line in printed(from_json(certificate.facts))]
        assert {label for label, _ in shown} <= {field.label for field in FIELDS}
        for secret in (
            str(certificate.id),
            str(tess.id),
            tess.email,
            certificate.facts_sha256,
            from_json(certificate.facts).signature_sha256,
        ):
            assert secret not in page.html
        assert not page.select("//main//img")

    def test_what_the_qr_code_opens(self, visit: Visit, tess: Member, provider: None, issued: Give) -> None:
        certificate = issued(tess)
        assert visit(f"/VERIFY/{certificate.code}", status=303).response.headers["Location"] == f"/verify/{certificate.code}"

    def test_a_specimen(self, visit: Visit, tess: Member, issued: Give) -> None:
        page = visit(f"/verify/{issued(tess).code}")
        assert page.h1 == "This is a specimen, not a certificate"
        assert "Serial" not in page.text

    @pytest.mark.both_databases
    def test_c6_superseded_and_revoked_show_a_date_and_nothing_else(
        self, app: Flask, visit: Visit, tess: Member, ada: Member, issued: Give
    ) -> None:
        specimen = issued(tess)
        with app.app_context():
            set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
            issue_waiting(by=ada.id, now=LATER)
            current = queries.current_certificates(tess.id)[0]
            revoke(current.id, by=ada.id, reason="by mistake", now=LATER)
        for code, title in ((specimen.code, "This certificate was superseded"), (current.code, "This certificate was revoked")):
            page = visit(f"/verify/{code}")
            assert page.h1 == title
            assert "23 November 2026" in page.text
            for told in ("Tess", "Ethical use", current.code, show(current.code), "by mistake", str(current.serial)):
                assert told not in page.html

    def test_c3_unknown_and_malformed_look_alike(self, visit: Visit) -> None:
        unknown = new_code()
        wrong_check = unknown[:-1] + ("0" if unknown[-1] != "0" else "1")
        pages = {code: visit(f"/verify/{code}", status=404) for code in (unknown, wrong_check, "nonsense")}
        texts = {_without_chance(page.html.replace(code, "CODE")) for code, page in pages.items()}
        differing = ("Content-Security-Policy", "Content-Length", "X-Request-Id")
        headers = {tuple(sorted((k, v) for k, v in p.response.headers.items() if k not in differing)) for p in pages.values()}
        assert len(texts) == 1
        assert len(headers) == 1
        assert pages["nonsense"].form().values("code") == ["nonsense"]

    def test_c3_no_search_engine_keeps_it(self, visit: Visit, tess: Member, issued: Give) -> None:
        for address, status in ((f"/verify/{issued(tess).code}", 200), ("/verify/nothing", 404), ("/verify", 200)):
            page = visit(address, status=status)
            assert "noindex" in page.response.headers["X-Robots-Tag"]
            assert page.select("//head/meta[@name='robots' and contains(@content, 'noindex')]")

    def test_c4_misses_are_limited_and_hits_are_not(self, visit: Visit, tess: Member, issued: Give) -> None:
        certificate = issued(tess)
        for number in range(LIMITS["certificate-code"][0].most):
            visit(f"/verify/{number}", status=404)
        for missed in ("another", new_code()):
            refused = visit(f"/verify/{missed}", status=429)
            assert 1 <= int(refused.response.headers["Retry-After"]) <= 601
        assert visit(f"/verify/{certificate.code}").h1 == "This is a specimen, not a certificate"
        visit("/verify/other", status=404, environ_base={"REMOTE_ADDR": "192.0.2.9"})


class TestProvider:
    def test_only_for_administrators(self, visit: Visit, tess: Member) -> None:
        visit("/provider", person=tess, status=404)

    def test_set_changed_and_shown(self, app: Flask, visit: Visit, ada: Member) -> None:
        page = visit("/provider", person=ada)
        assert "Nothing is set yet" in page.text
        page = page.submit("Save", signature=(io.BytesIO(png()), "s.png"), **_typed())
        assert "Harbour Street Training" in page.text
        assert page.select("//img[@alt='Signature of Miriam Okonkwo']")
        assert page.select("//header//a[normalize-space()='Harbour Street Training']")
        assert "Help: ce@harbour.example" in page.select("string(//footer)")
        page = page.submit("Save", name="Harbour Street Institute")
        assert page.form().values("name") == ["Harbour Street Institute"]
        assert page.select("//img[@alt='Signature of Miriam Okonkwo']")
        page = page.submit("Save", remove_signature="y")
        assert not page.select("//img[@alt='Signature of Miriam Okonkwo']")
        with app.app_context():
            assert queries.newest_provider_facts().version == 3

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": ""}, "Write the name of the organisation"),
            ({"address": "  "}, "postal address"),
            ({"responsible_title": "x" * 121}, "longer than 120"),
            ({"signature": (io.BytesIO(b"GIF89a"), "s.png")}, "not a PNG"),
            ({"signature": (io.BytesIO(png()[:-6]), "s.png")}, "damaged"),
            ({"signature": (io.BytesIO(png(400, 400) + b"x" * 200_000), "s.png")}, "too large"),
        ],
    )
    def test_refused_with_everything_kept(self, app: Flask, visit: Visit, ada: Member, changes: dict[str, object], sentence: str) -> None:
        page = visit("/provider", person=ada).submit("Save", status=422, **{**_typed(), **changes})
        assert sentence in page.text
        assert page.form().values("contact") == ["ce@harbour.example"]
        with app.app_context():
            assert queries.newest_provider_facts() is None

    def test_two_administrators_do_not_overwrite_each_other(self, app: Flask, visit: Visit, ada: Member) -> None:
        seen = visit("/provider", person=ada)
        with app.app_context():
            set_provider_facts(provider_input(name="First"), after_version=0, by=ada.id, now=NOW)
        page = seen.submit("Save", status=422, **_typed())
        assert "Somebody else saved these facts" in page.text
        assert "First" in page.text
        assert "Harbour Street Training" in page.submit("Save").text

    def test_f11_a_form_that_names_no_version_overwrites_nothing(
        self, app: Flask, visit: Visit, browser_of: Callable[[Member | None], Visitor], ada: Member
    ) -> None:
        visit("/provider", person=ada).submit("Save", **_typed())
        fields = visit("/provider", person=ada).form().filled(name="Another")
        del fields["after_version"]
        assert "Somebody else saved these facts" in browser_of(ada).post("/provider", fields, status=422).text
        with app.app_context():
            assert queries.newest_provider_facts().name == "Harbour Street Training"

    @pytest.mark.parametrize("body", [b"", b"R"])
    def test_f11_a_body_without_any_field_breaks_nothing(
        self, app: Flask, browser_of: Callable[[Member | None], Visitor], ada: Member, monkeypatch: pytest.MonkeyPatch, body: bytes
    ) -> None:
        monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)  # With it such a body gets no further than the seal.
        with app.app_context():
            set_provider_facts(provider_input(name="First"), after_version=0, by=ada.id, now=NOW)
        assert browser_of(ada).client.post("/provider", data=body, content_type="text/plain").status_code in (303, 422)

    def test_the_waiting_specimens_are_issued_in_one_confirmed_deed(
        self, visit: Visit, tess: Member, omar: Member, ada: Member, issued: Give
    ) -> None:
        issued(tess)
        issued(omar)
        page = visit("/provider", person=ada)
        assert "2 specimens are waiting" in page.text
        assert "Issue" not in [button.text for button in page.select("//button")]
        page = page.submit("Save", **_typed())
        refused = page.submit("Issue 2 certificates", status=422)
        assert "Confirm that what will be printed is right" in refused.text
        page = refused.submit("Issue 2 certificates", confirmed="y")
        assert "2 certificates are issued" in page.text
        assert "waiting" not in page.text
        assert "Valid" in visit("/certificates", person=tess).text

    class TestWithoutPublicAddress:
        @pytest.fixture
        def settings_overrides(self) -> dict[str, object]:
            return {}

        def test_the_setting_is_named(self, visit: Visit, tess: Member, ada: Member, provider: None, issued: Give) -> None:
            issued(tess)
            page = visit("/provider", person=ada)
            assert "base_url" in page.text
            assert not page.select("//button[starts-with(text(), 'Issue')]")


def _typed() -> dict[str, str]:
    given = provider_input()
    return {name: getattr(given, name) for name in ("name", "address", "contact", "responsible_name", "responsible_title")}


def _words(element: object) -> str:
    return " ".join("".join(element.itertext()).split())  # type: ignore[attr-defined]


def _without_chance(html: str) -> str:
    return re.sub(r'nonce="[^"]*"|name="csrf_token"[^>]*value="[^"]*"|[0-9a-f]{12}', "", html)
