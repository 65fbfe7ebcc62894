"""Sentences, syllables and the reading grade of a text.

The grade is that of Kincaid, Fishburne, Rogers and Chissom (1975): 0.39 × words per sentence + 11.8 × syllables per word − 15.59.
Syllables are counted by rule, within a few percent of a dictionary; a citation is read as the name of its code and one word more.
What people say in quotation marks is left out: their voice is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

CITATION = re.compile(r"\[((?:\d+ )?[A-Z]+)(?: [^\]]*)?\](?!\()")
END = re.compile(r"(?<=[.!?])[”’\")*]*\s+|\n\s*\n|\n[-|>] ?|\n\d+\. ")
QUOTED = re.compile(r"“[^”]*”")
WORD = re.compile(r"[A-Za-z][A-Za-z’'-]*")
SPELT_OUT = {"ACA", "APA", "NASW", "AAMFT", "CAMFT", "NBCC", "BACB", "CRPO", "CFR", "TAC", "OAC", "NCAC"}
SILENT_END = re.compile(r"(?<=[^aeiouyl])e$|(?<=[^aeioutdy])ed$|(?<=[^aeiouycgsxzhl])es$|(?<=[aeiouy]l)es?$")
VOWELS = re.compile(r"[aeiouy]+")
HIATUS = re.compile(r"(?<![ctsgx])i(?:[ao])|tiali|(?<![ctfr])ie[tn](?!d)|(?<!p)eo|ua(?!r)|y[ei]|[aeo]ing|uou|creat")


def sentences(text: str) -> list[str]:
    return [part.strip() for part in END.split(text) if WORD.search(part)]


def syllables(word: str) -> int:
    if word in SPELT_OUT:
        return len(word)
    plain = re.sub(r"[^a-z]", "", word.lower())
    heard = SILENT_END.sub("", plain) or plain
    return max(1, len(VOWELS.findall(heard)) + len(HIATUS.findall(heard)))


def grade(texts: Iterable[str]) -> float:
    found = [CITATION.sub(r"\1 section", sentence) for text in texts for sentence in sentences(QUOTED.sub("", text))]
    words = [word for sentence in found for word in WORD.findall(sentence)]
    return 0.39 * len(words) / len(found) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
