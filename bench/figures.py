"""One measured figure: what it is, what it stands beside, and whether that is good enough."""

from __future__ import annotations

from typing import Any

Figure = dict[str, Any]
"""`ours` beside `floor`, which is a target or what a bare application does; `target` is the ratio to reach, None when nothing is asked."""


def at_most(name: str, ours: float, most: float, unit: str, **more: object) -> Figure:
    """A figure that should be low; the ratio is 1 at the target."""
    ratio = ours / most if most else float(ours > 0) * 2
    return {
        "name": name,
        "ours": round(ours, 2),
        "floor": most,
        "ratio": round(ratio, 3),
        "unit": unit,
        "target": 1,
        "met": ratio <= 1,
        **more,
    }


def at_least(name: str, ours: float, least: float, unit: str, **more: object) -> Figure:
    """A figure that should be high; the ratio is 1 at the target."""
    ratio = ours / least
    return {
        "name": name,
        "ours": round(ours, 2),
        "floor": least,
        "ratio": round(ratio, 3),
        "unit": unit,
        "target": 1,
        "met": ratio >= 1,
        **more,
    }


def beside(name: str, ours: float, bare: float, unit: str, share: float | None, **more: object) -> Figure:
    """A figure beside that of the bare application: it should reach this share of it, or is only told."""
    ratio = ours / bare
    met = share is None or ratio >= share
    return {
        "name": name,
        "ours": round(ours, 1),
        "floor": round(bare, 1),
        "ratio": round(ratio, 3),
        "unit": unit,
        "target": share,
        "met": met,
        **more,
    }


def is_met(figure: Figure) -> bool:
    """Whether a figure is good enough; an older one without a verdict has a target that it must not exceed."""
    return bool(figure.get("met", figure["ratio"] <= 1))


def table(figures: list[Figure]) -> str:
    """All figures for people, misses marked."""
    width = max(len(each["name"]) for each in figures)
    lines = [f"  {'':{width}}  {'measured':>10}  {'beside':>10}  {'ratio':>6}  {'to reach':>8}"]
    for each in figures:
        low_is_good = each.get("target", 1) == 1 and is_met(each) == (each["ratio"] <= 1)
        sign = "" if each.get("target", 1) is None else "≤ 1" if low_is_good else f"≥ {each['target']}"
        mark = " " if is_met(each) else "!"
        figures = f"{each['ours']:>10}  {each['floor']:>10}  {each['ratio']:>6}  {sign:>8}  {each['unit']}"
        lines.append(f"{mark} {each['name']:{width}}  {figures}{_processor(each)}")
    return "\n".join(lines)


def _processor(figure: Figure) -> str:
    """The work of the processor for one request, where it was counted: busy machines do not change it."""
    return f" ({figure['cpu_ms']:.2f} ms of the processor, bare {figure['bare_cpu_ms']:.2f})" if "cpu_ms" in figure else ""
