"""A mail server for tests, on a port of this machine, that does what the test asks for: takes mail, refuses, hangs or drops."""

from __future__ import annotations

import base64
import contextlib
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from enum import Enum, auto
from typing import Any, cast


class Manner(Enum):
    TAKES = auto()
    HANGS = auto()
    """Accepts the connection and says nothing."""
    DRIBBLES = auto()
    """Begins its greeting and never comes to the end of it."""
    HANGS_UP = auto()
    """Closes the connection at once."""
    BUSY = auto()
    """Greets with 421."""
    REFUSES_RECIPIENT = auto()
    REFUSES_RECIPIENT_FOR_NOW = auto()
    REFUSES_SENDER = auto()
    REFUSES_MESSAGE = auto()
    DROPS = auto()
    """Takes the whole message, and closes before it says so."""
    HANGS_AFTER_DATA = auto()


_REPLIES = {
    (Manner.REFUSES_SENDER, "MAIL"): "550 we know nobody like that",
    (Manner.REFUSES_RECIPIENT, "RCPT"): "550 {line}: no such mailbox here",
    (Manner.REFUSES_RECIPIENT_FOR_NOW, "RCPT"): "450 {line}: mailbox is full",
}


@dataclass
class Mail:
    """A message as it arrived."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return cast("EmailMessage", message_from_bytes(self.content, policy=SMTP))

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass
class PostOffice:
    """Use as a context manager; `arrived` holds what came, also what was then dropped."""

    manner: Manner = Manner.TAKES
    refused: set[str] = field(default_factory=set)
    """Addresses that are refused for good, whatever the manner."""
    account: tuple[str, str] | None = None
    certificate: ssl.SSLContext | None = None
    """With one, STARTTLS is offered, or with `encrypts` everything is encrypted from the first word."""
    encrypts: bool = False
    arrived: list[Mail] = field(default_factory=list)
    connections: int = 0
    encrypted: int = 0

    def __enter__(self) -> PostOffice:
        self.closing, self.one_more = threading.Event(), threading.Condition()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if not self.closing.is_set():
            self.close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, account: str = "", scheme: str = "smtp") -> str:
        return f"{scheme}://{account}127.0.0.1:{self.port}"

    def close(self) -> None:
        """From now on connections are refused."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()  # Waits for the connections that are open.
        self._thread.join()

    def came(self, mail: Mail) -> None:
        with self.one_more:
            self.arrived.append(mail)
            self.one_more.notify_all()

    def wait_for(self, count: int, seconds: float = 60) -> list[Mail]:
        """What came, once it is so many."""
        with self.one_more:
            assert self.one_more.wait_for(lambda: len(self.arrived) >= count, seconds), f"{len(self.arrived)} of {count} messages came"
            return list(self.arrived)


class _Server(socketserver.ThreadingTCPServer):
    request_queue_size = 64

    def __init__(self, office: PostOffice) -> None:
        self.office = office
        super().__init__(("127.0.0.1", 0), _Session)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no fault of the test."""


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        office = self.office = cast("_Server", self.server).office
        office.connections += 1
        self.sender, self.recipients, self.signed_in = "", list[str](), office.account is None
        if office.manner is Manner.HANGS_UP:
            return
        if office.manner is Manner.HANGS:
            office.closing.wait()
            return
        if office.manner is Manner.DRIBBLES:
            self.dribble()
            return
        if office.encrypts:
            self.encrypt()
        self.say("421 too busy" if office.manner is Manner.BUSY else "220 post office")
        with contextlib.suppress(OSError):
            while line := self.rfile.readline().decode("ascii").rstrip("\r\n"):
                if not self.answer(line):
                    return

    def dribble(self) -> None:
        with contextlib.suppress(OSError):
            while not self.office.closing.wait(0.1):
                self.wfile.write(b"2")

    def finish(self) -> None:
        super().finish()
        if isinstance(self.request, ssl.SSLSocket):
            self.request.close()

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def answer(self, line: str) -> bool:
        """Answer one command; whether the connection goes on."""
        word = line.split(" ")[0].upper()
        if word == "RCPT" and line[9:-1] in self.office.refused:
            self.say("550 no such mailbox")
        elif reply := _REPLIES.get((self.office.manner, word)):
            self.say(reply.format(line=line))
        else:
            return bool(getattr(self, f"on_{word.lower()}", self.on_other)(line) is not False)
        return True

    def on_ehlo(self, _line: str) -> None:
        offers = ["post office", "8BITMIME"]
        if self.office.certificate and not isinstance(self.request, ssl.SSLSocket):
            offers.append("STARTTLS")
        if self.office.account:
            offers.append("AUTH PLAIN")
        for offer in offers[:-1]:
            self.say(f"250-{offer}")
        self.say(f"250 {offers[-1]}")

    def on_starttls(self, _line: str) -> None:
        self.say("220 go on")
        self.encrypt()

    def encrypt(self) -> None:
        assert self.office.certificate is not None
        self.request = self.office.certificate.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
        self.office.encrypted += 1

    def on_auth(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.signed_in = (user, password) == self.office.account
        self.say("235 welcome" if self.signed_in else "535 no")

    def on_mail(self, line: str) -> None:
        self.sender, self.recipients = line[11:].partition(">")[0], []
        self.say("250 yes" if self.signed_in else "530 sign in first")

    def on_rcpt(self, line: str) -> None:
        self.recipients.append(line[9:-1])
        self.say("250 yes")

    def on_data(self, _line: str) -> bool:
        self.say("354 go on")
        lines = list(iter(self.rfile.readline, b".\r\n"))
        if self.office.manner is Manner.REFUSES_MESSAGE:
            self.say("554 we do not like what it says")
            return True
        self.office.came(
            Mail(self.sender, self.recipients, b"".join(line.removeprefix(b".") if line[:2] == b".." else line for line in lines))
        )
        if self.office.manner is Manner.HANGS_AFTER_DATA:
            self.office.closing.wait()
        if self.office.manner in (Manner.DROPS, Manner.HANGS_AFTER_DATA):
            return False
        self.say("250 taken")
        return True

    def on_quit(self, _line: str) -> bool:
        self.say("221 bye")
        return False

    def on_other(self, _line: str) -> None:
        self.say("250 yes")
