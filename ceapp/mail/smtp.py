"""Speaking to the mail server: one connection for a round, at most ten seconds for each of its answers."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from types import TracebackType
from urllib.parse import unquote, urlsplit
from uuid import UUID

from ceapp.config import Settings, is_loopback
from ceapp.mail.letters import Letter

PATIENCE = 10.0
"""Seconds that the server has to take a connection, and to answer each command."""

_POLICY = SMTP.clone(cte_type="7bit")  # Not every server takes eight bits.


class Trouble(Exception):
    """The server cannot be used now; no message can be sent. Says what is wrong in words of ours."""


class Refusal(Exception):
    """The server does not take this message. Says why in words of ours."""

    def __init__(self, problem: str, *, for_good: bool) -> None:
        super().__init__(problem)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Server:
    """What the setting mail_url says."""

    host: str
    port: int
    user: str
    password: str
    encrypted: bool

    @property
    def is_here(self) -> bool:
        """On this machine: nothing crosses a network."""
        return is_loopback(self.host)


def server_of(mail_url: str) -> Server:
    parts = urlsplit(mail_url)
    encrypted = parts.scheme == "smtps"
    port = parts.port or (465 if encrypted else 587 if parts.username else 25)
    return Server(parts.hostname or "", port, unquote(parts.username or ""), unquote(parts.password or ""), encrypted)


class _Patient(smtplib.SMTP):
    """One that gives each answer so long in all. The socket's own timeout begins anew with every byte that a server dribbles."""

    def getreply(self) -> tuple[int, bytes]:
        end = threading.Timer(self.timeout, _cut, [self.sock])
        end.daemon = True
        end.start()
        try:
            return super().getreply()
        finally:
            end.cancel()


class _PatientEncrypted(_Patient, smtplib.SMTP_SSL):
    """The same for smtps://."""


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # Also of an encrypted one: without its farewell, which could wait too.


class Post:
    """The mail server during one round; the connection is made when it is first needed."""

    def __init__(self, settings: Settings, patience: float = PATIENCE) -> None:
        self._server = server_of(settings.mail_url)
        self._greeting = _greeting(urlsplit(settings.address).hostname or "localhost")
        self._patience = patience
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Post:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._connection is not None:
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._connection.close()

    def open(self) -> None:
        """Connect, unless that was done. Raises Trouble."""
        if self._connection is None:
            try:
                self._connection = self._connected()
            except smtplib.SMTPAuthenticationError as problem:
                raise Trouble(f"the mail server refuses user or password ({problem.smtp_code})") from None
            except smtplib.SMTPResponseException as problem:
                raise Trouble(f"the mail server refuses the connection ({problem.smtp_code})") from None
            except (OSError, ValueError, smtplib.SMTPException) as problem:
                raise Trouble(f"no connection to the mail server ({type(problem).__name__})") from None

    def hand_over(self, message: EmailMessage) -> None:
        """Give the server a message; when this returns, the server has it. Raises Trouble or Refusal."""
        self.open()
        assert self._connection is not None
        sender, to = (str(message[name].addresses[0].addr_spec) for name in ("From", "To"))
        try:
            if to.isascii():
                self._connection.sendmail(sender, [to], message.as_bytes())  # `send_message` would write ">From" in the text.
            else:
                self._connection.send_message(message, sender, [to])
        except smtplib.SMTPRecipientsRefused as problem:
            ((code, _),) = problem.recipients.values()
            raise _refusal("the mail server refuses the recipient", code) from None
        except smtplib.SMTPSenderRefused as problem:
            raise Trouble(f"the mail server refuses the sender, mail_from ({problem.smtp_code})") from None
        except smtplib.SMTPDataError as problem:
            raise _refusal("the mail server refuses the message", problem.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise Refusal("the mail server cannot send to such an address", for_good=True) from None
        except (OSError, smtplib.SMTPException) as problem:
            raise Trouble(f"the mail server broke off ({type(problem).__name__})") from None

    def _connected(self) -> smtplib.SMTP:
        server, patience = self._server, self._patience
        context = _context(verify=not server.is_here)
        if server.encrypted:
            connection: smtplib.SMTP = _PatientEncrypted(server.host, server.port, self._greeting, timeout=patience, context=context)
        else:
            connection = _Patient(server.host, server.port, self._greeting, timeout=patience)
        try:
            self._introduce(connection, context)
        except BaseException:
            connection.close()
            raise
        return connection

    def _introduce(self, connection: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server, encrypted = self._server, self._server.encrypted
        connection.ehlo_or_helo_if_needed()
        if not encrypted and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
            encrypted = True
        if server.user:
            if not (encrypted or server.is_here):
                raise Trouble("the mail server offers no encryption, so the password was not sent")
            connection.login(server.user, server.password)


def _refusal(problem: str, code: int) -> Trouble | Refusal:
    if code == 421:  # The server is about to close.
        return Trouble(f"the mail server broke off ({code})")
    return Refusal(f"{problem} ({code})", for_good=code >= 500)


def _context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:  # A server on the same machine rarely has a certificate for `localhost`.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _greeting(host: str) -> str:
    """How we introduce ourselves (RFC 5321, 4.1.3); Python's own way may ask a name server for long."""
    if host.replace(".", "").isdigit():
        return f"[{host}]"
    return f"[IPv6:{host}]" if ":" in host else host


def written(letter: Letter, *, message_id: UUID, mail_from: str, now: datetime) -> EmailMessage:
    """The letter as a message. Its Message-ID is always the same, so that one that went twice can be recognised. Raises ValueError."""
    name, address = parseaddr(_one_line(mail_from))
    sender = Address(display_name=name, addr_spec=address)
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = _address(letter.to)
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{message_id.hex}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("".join(character for character in letter.text if character.isprintable() or character == "\n"), charset="utf-8")
    return message


def _address(text: str) -> Address:
    """Exactly one address. `addr_spec` checks it, and knows only the old ASCII ones."""
    if text.isascii():
        return Address(addr_spec=text)
    mailbox, _, domain = text.rpartition("@")
    return Address(username=mailbox, domain=domain)


def _one_line(text: str) -> str:
    """Without line ends and control characters, which could begin a header of somebody else's making."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
