"""F9, D6: what goes to the mail server, and how the password gets there."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import timedelta
from email import message_from_bytes
from email.errors import MessageError
from email.policy import SMTP
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ceapp.config import load_settings
from ceapp.mail import smtp
from ceapp.mail.letters import Letter
from ceapp.mail.smtp import Post, Refusal, Server, Trouble, server_of, written
from tests.conftest import NOW
from tests.mail.post_office import Manner, PostOffice

ID = UUID("01900000-0000-7000-8000-000000000001")
HOSTILE = ["\r\nBcc: eve@example.org", "\nBcc: eve@example.org", "\r\n\r\nBody", "\x0bBcc: eve", "\u2028Bcc: eve", "\x85Bcc: eve", "\x00"]

NO_ADDRESS = (ValueError, IndexError, MessageError)
"""What `email` raises for different sorts of nonsense."""


def letter(to: str = "tess@example.org", subject: str = "Your code", text: str = "Hello.\n") -> Letter:
    return Letter(to, subject, text)


def sent(one: Letter, mail_from: str = "CE office <ce@example.org>") -> Any:
    made = written(one, message_id=ID, mail_from=mail_from, now=NOW)
    return message_from_bytes(made.as_bytes(), policy=SMTP)


def post(url: str, patience: float = 5) -> Post:
    return Post(load_settings({}, mail_url=url, mail_from="ce@example.org"), patience)


def hand_over(url: str, one: Letter | None = None) -> None:
    with post(url) as connection:
        connection.hand_over(written(one or letter(), message_id=ID, mail_from="ce@example.org", now=NOW))


def test_the_headers() -> None:
    message = sent(letter(subject="Ihr Zugang – größer"))
    assert dict(message.items()) == {
        "From": "CE office <ce@example.org>",
        "To": "tess@example.org",
        "Subject": "Ihr Zugang – größer",
        "Date": "Fri, 20 Nov 2026 15:00:00 +0000",
        "Message-ID": f"<{ID.hex}@example.org>",
        "Auto-Submitted": "auto-generated",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
        "MIME-Version": "1.0",
    }
    later = written(letter(), message_id=ID, mail_from="CE office <ce@example.org>", now=NOW + timedelta(days=1))
    assert later["Message-ID"] == message["Message-ID"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_f9_no_subject_forges_a_header(hostile: str) -> None:
    message = sent(letter(subject=f"Hello{hostile}"))
    assert "Bcc" not in message
    assert message["Subject"].startswith("Hello")
    assert message.get_content().strip() == "Hello."


@pytest.mark.parametrize("hostile", HOSTILE)
def test_f9_no_address_forges_a_header(hostile: str) -> None:
    for address in (f"tess@example.org{hostile}", f"tess{hostile}@example.org", f'"tess{hostile}"@example.org'):
        try:
            message = sent(letter(to=address))
        except NO_ADDRESS:
            continue
        assert "Bcc" not in message
        assert len(message["To"].addresses) == 1


@pytest.mark.parametrize("address", ["tess@example.org, eve@example.org", "Eve <eve@example.org>", "a@b@c", ""])
def test_f9_an_address_is_one_address(address: str) -> None:
    with pytest.raises(NO_ADDRESS):
        written(letter(to=address), message_id=ID, mail_from="ce@example.org", now=NOW)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_f9_no_sender_name_forges_a_header(hostile: str) -> None:
    message = sent(letter(), mail_from=f'"CE{hostile}" <ce@example.org>')
    assert "Bcc" not in message
    assert message["From"].addresses[0].addr_spec == "ce@example.org"


def test_the_text_arrives_as_it_is_in_short_lines(office: PostOffice) -> None:
    text = f"Grüße, 日本語\n.\n..dots\n{'https://ce.example.org/' + 'x' * 300}\nFrom here\n\nend\n"
    hand_over(office.url(), letter(text=text))
    (mail,) = office.arrived
    assert mail.text == text
    assert max(len(line) for line in mail.content.splitlines()) <= 78
    assert mail.content.isascii()


def test_control_characters_do_not_reach_the_text() -> None:
    assert sent(letter(text="a\x00b\x1b[31mc\rd\n")).get_content().strip() == "ab[31mcd"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", Server("mail.example.org", 25, "", "", encrypted=False)),
        ("smtp://u%40x:p%2F%3A@mail.example.org", Server("mail.example.org", 587, "u@x", "p/:", encrypted=False)),
        ("smtps://u:p@mail.example.org", Server("mail.example.org", 465, "u", "p", encrypted=True)),
        ("smtp://[::1]:2525", Server("::1", 2525, "", "", encrypted=False)),
    ],
)
def test_the_setting(url: str, server: Server) -> None:
    assert server_of(url) == server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """Of a server that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post office")])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - timedelta(days=3650), NOW + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = Path(tmp_path_factory.mktemp("certificate")) / "both.pem"
    file.write_bytes(key.private_bytes(*plain) + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's mail server counts as one on another machine."""
    monkeypatch.setattr(smtp, "is_loopback", lambda _host: False)


def test_starttls_is_used_when_it_is_offered(office: PostOffice, certificate: ssl.SSLContext) -> None:
    office.certificate, office.account = certificate, ("u@x", "p/:")
    hand_over(office.url("u%40x:p%2F%3A@"))
    assert (len(office.arrived), office.encrypted) == (1, 1)


@pytest.mark.usefixtures("far_away")
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(office: PostOffice, certificate: ssl.SSLContext) -> None:
    office.certificate, office.account = certificate, ("u", "p")
    with pytest.raises(Trouble, match="SSLCertVerificationError"):
        hand_over(office.url("u:p@"))
    assert office.arrived == []


@pytest.mark.usefixtures("far_away")
def test_a_password_does_not_cross_a_network_unencrypted(office: PostOffice) -> None:
    office.account = ("u", "p")
    office.manner = Manner.TAKES
    with pytest.raises(Trouble, match="no encryption, so the password was not sent"):
        hand_over(office.url("u:p@"))
    assert office.arrived == []


def test_a_wrong_password_is_trouble_without_the_password_in_it(office: PostOffice) -> None:
    office.account = ("u", "right")
    with pytest.raises(Trouble) as raised:
        hand_over(office.url("u:wrong@"))
    assert str(raised.value) == "the mail server refuses user or password (535)"


def test_smtps_speaks_encrypted_from_the_first_word(office: PostOffice, certificate: ssl.SSLContext) -> None:
    with pytest.raises(Trouble, match="SSLError"):
        hand_over(office.url(scheme="smtps"))  # The post office speaks plainly.
    office.certificate, office.encrypts = certificate, True
    hand_over(office.url(scheme="smtps"))
    assert (len(office.arrived), office.encrypted) == (1, 1)


def test_what_the_server_says_is_not_repeated(office: PostOffice) -> None:
    office.manner = Manner.REFUSES_RECIPIENT
    with pytest.raises(Refusal) as raised:
        hand_over(office.url())
    assert (str(raised.value), raised.value.for_good) == ("the mail server refuses the recipient (550)", True)


def test_an_address_that_the_server_cannot_take_is_refused_for_good(office: PostOffice) -> None:
    with pytest.raises(Refusal, match="cannot send to such an address") as raised:
        hand_over(office.url(), letter(to="zoë@example.org"))
    assert raised.value.for_good


@pytest.mark.parametrize(
    ("host", "greeting"),
    [("ce.example.org", "ce.example.org"), ("127.0.0.1", "[127.0.0.1]"), ("::1", "[IPv6:::1]"), ("localhost", "localhost")],
)
def test_how_we_introduce_ourselves(host: str, greeting: str) -> None:
    assert smtp._greeting(host) == greeting
