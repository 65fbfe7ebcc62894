"""Addresses: of mail, of networks, of the page to go back to."""

import unicodedata
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ceapp.accounts.addresses import EMAIL_LENGTH, client_network, local_address, normalised_email


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("tess@example.org", "tess@example.org"),
        ("  Tess@Example.ORG \n", "tess@example.org"),
        ("ｔｅｓｓ＠ｅｘａｍｐｌｅ．ｏｒｇ", "tess@example.org"),
        ("ﬁona@example.org", "fiona@example.org"),
        ("tess+ce@example.org", "tess+ce@example.org"),
        ("ann@Müller.de", "ann@xn--mller-kva.de"),
        ("weiß@example.org", "weiß@example.org"),
        ("ann@straße.de", "ann@xn--strae-oqa.de"),
        ("JOSE\u0301@example.org", "josé@example.org"),
        ("", None),
        ("tess", None),
        ("tess@", None),
        ("@example.org", None),
        ("tess@example", None),
        ("tess@@example.org", None),
        ("tess example@example.org", None),
        ("tess@exam\x00ple.org", None),
        ("tess@example.org\nbcc: omar@example.org", None),
        ("tess@[127.0.0.1]", None),
        ("a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 63 + ".example", None),
    ],
)
def test_d13_an_email_address_has_one_spelling(typed: str, stored: str | None) -> None:
    assert normalised_email(typed) == stored


@given(
    st.one_of(
        st.text(max_size=80),
        st.builds("{}@{}.{}".format, st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=9), st.just("org")),
    )
)
@example("İ@example.org")
@example("ΣΑΣ@example.org")
@example("K@example.org")
@example("\ud800@example.org")
def test_d13_normalising_again_changes_nothing(typed: str) -> None:
    stored = normalised_email(typed)
    if stored is not None:
        assert normalised_email(stored) == stored
        assert normalised_email(f" {stored.upper() if stored.isascii() else stored} ") == stored
        assert unicodedata.is_normalized("NFKC", stored)
        assert len(stored) <= EMAIL_LENGTH


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_d4_a_network_is_an_ipv4_address_or_an_ipv6_64(address: str | None, network: str) -> None:
    assert client_network(address) == network


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/courses",
        "/courses/social-media-ethics/a-client?from=home&x=1",
        "/attempts/0193-4a",
        "/a%20b",
        "/account/name?next=%2Fcourses",
    ],
)
def test_e5_addresses_of_ours_are_kept(address: str) -> None:
    assert local_address(address, "/else") == address


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "courses",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/\r\n/evil.example",
        "/\n",
        "/courses\n",
        "https:evil.example",
        "https:/evil.example",
        "https://evil.example",
        "http://localhost@evil.example/",
        "javascript:alert(1)",
        "/@evil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/../..",
        "/courses/./x",
        "/\u2215evil.example",
        "/\uff0fevil.example",
        "/\u3002evil.example",
        "/ſ",
        "/ evil.example",
        "/\x00",
        "/courses#x",
        "/account/sign-in?next=/account/sign-in",
        "/account/sign-out",
        "/account/sign-up",
        "/set-up/abc",
        "/" + "a" * 3000,
    ],
)
def test_e5_every_other_address_is_replaced(address: str | None) -> None:
    assert local_address(address, "/else") == "/else"


@given(st.text(alphabet="/\\.:@?#&=%ab \t\r\n\x00htpsﬀ／。⁄evil", max_size=30))
@example("/%5c%5cevil.example")
def test_e5_what_is_kept_stays_on_this_server_as_a_browser_reads_it(text: str) -> None:
    kept = local_address(text, "/else")
    seen = kept.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    assert urlsplit(urljoin("https://ce.example.org/account/sign-in", seen)).netloc == "ce.example.org"
    assert not seen.startswith("//")
