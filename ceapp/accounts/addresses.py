"""Addresses as they arrive from outside: of mail, of networks, of the page to go back to. Each is decided once, here."""

from __future__ import annotations

import ipaddress
import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

EMAIL_LENGTH = 254
LOCAL_ADDRESS_LENGTH = 2000

# Only what an address of ours can hold: a browser reads a backslash as a slash, drops tabs and line ends, and folds some letters.
_LOCAL_ADDRESS = re.compile(r"/[A-Za-z0-9._~/%-]*(\?[A-Za-z0-9._~/%=&+:,@!;-]*)?", re.ASCII)
_NO_WAY_BACK = ("/account/sign-in", "/account/sign-up", "/account/sign-out", "/account/prove", "/set-up/")


def normalised_email(text: str) -> str | None:
    """The one spelling under which an address is stored and looked up, or None when it is not an e-mail address.

    Trimmed, compatibility characters folded (NFKC), the domain in ASCII (IDNA 2008), all of it lower-case: addresses that
    differ only in case are one person. Lower-case and not casefold, which would make weiß@ into weiss@, another mailbox.
    """
    folded = _folded(text.strip())
    if len(folded) > EMAIL_LENGTH:
        return None
    try:
        address = validate_email(folded, check_deliverability=False)
    except EmailNotValidError:
        return None
    email = f"{address.local_part}@{address.ascii_domain}"
    return email if len(email) <= EMAIL_LENGTH and email == _folded(email) else None


def client_network(address: str | None) -> str:
    """What guess limits count as one place: an IPv4 address, or the /64 that one IPv6 customer can pick addresses from."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, 32 if found.version == 4 else 64), strict=False))


def local_address(text: str | None, otherwise: str) -> str:
    """`text` when it is an address on this server that one may be sent back to, else `otherwise`."""
    if not text or len(text) > LOCAL_ADDRESS_LENGTH or not _LOCAL_ADDRESS.fullmatch(text):
        return otherwise
    path = text.partition("?")[0]
    if "//" in path or "/../" in f"{path}/" or "/./" in f"{path}/" or path.startswith(_NO_WAY_BACK):
        return otherwise
    return text


def _folded(text: str) -> str:
    """Equal for texts that differ only in case or in compatibility characters; folding again changes nothing."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
