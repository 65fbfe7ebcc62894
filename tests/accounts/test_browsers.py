"""What a browser is called, from what browsers really say."""

from __future__ import annotations

import pytest

from ceapp.accounts.browsers import UNKNOWN, browser_words

_MOZILLA = "Mozilla/5.0"
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (f"{_MOZILLA} (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"),
        (f"{_MOZILLA} (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on Windows"),
        (f"{_MOZILLA} (X11; Linux x86_64) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36", "Chrome on Linux"),
        (f"{_MOZILLA} (X11; CrOS x86_64 14541.0.0) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36", "Chrome on a Chromebook"),
        (f"{_MOZILLA} (Linux; Android 10; K) {_WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"{_MOZILLA} (Linux; Android 14) {_WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36", "Samsung Internet on Android"),
        (f"{_MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15", "Safari on a Mac"),
        (f"{_MOZILLA} (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Safari/604.1", "Safari on an iPhone"),
        (f"{_MOZILLA} (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/142.0 Safari/604.1", "Chrome on an iPhone"),
        (f"{_MOZILLA} (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "Firefox on Android"),
        ("curl/8.5 (Windows)", "A browser on Windows"),
        ("Firefox", "Firefox"),
        ("<script>alert(1)</script>", UNKNOWN),
        ("x" * 100_000 + "Firefox", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_coarse_words_and_no_version(said: str | None, words: str) -> None:
    assert browser_words(said) == words
    assert len(words) <= 80 and not any(character.isdigit() for character in words)
