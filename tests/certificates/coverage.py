"""The characters that the bundled fonts have, as ranges; `python -m tests.certificates.coverage` prints them for coverage.txt."""

from __future__ import annotations

from itertools import groupby

from fontTools.ttLib import TTFont

from ceapp.certificates.pdf import BUNDLED_FONTS


def ranges() -> str:
    found: set[int] = set()
    for path in sorted(BUNDLED_FONTS.glob("*.?tf")):
        with TTFont(path, lazy=True) as font:
            found |= set(font.getBestCmap())
    runs = [list(run) for _, run in groupby(enumerate(sorted(found)), key=lambda each: each[1] - each[0])]
    return "".join(f"{run[0][1]:X}-{run[-1][1]:X}\n" for run in runs)


if __name__ == "__main__":
    print(ranges(), end="")
