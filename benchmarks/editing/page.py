"""The figures of the quality checks as Markdown."""

from __future__ import annotations

from typing import Any


def markdown(found: dict[str, Any]) -> str:
    """The page that stands beside the results."""
    return "\n".join(
        [
            "# What the quality checks see",
            "",
            f"{found['edits']:,} edits of {found['prompts']:,} prompts. The threshold of "
            f"`similarity`, {found['threshold']}, was chosen on one half of the prompts; all that "
            "follows was measured on the other.",
            "",
            "| bar | required | measured | |",
            "|---|--:|--:|---|",
            *(_bar(each) for each in found["bars"]),
            "",
            "| edits that do harm | n | seen | by `facts` | by `similarity` | precision |",
            "|---|--:|--:|--:|--:|--:|",
            *(_row(each) for each in found["kinds"] if each["harm"] and each["edits"]),
            "",
            "| edits that do none | n | flagged | by `facts` | by `similarity` |",
            "|---|--:|--:|--:|--:|",
            *(_row(each) for each in found["kinds"] if not each["harm"] and each["edits"]),
            "",
            "Precision is that of a kind of harm against all harmless edits, the paraphrased "
            "questions left out.",
            "",
            "| threshold, on the first half | recall of harm | harmless flagged |",
            "|--:|--:|--:|",
            *(_point(each) for each in found["calibration"]),
            "",
        ]
    )


def _bar(bar: dict[str, Any]) -> str:
    sign = "≥" if bar["least"] else "≤"
    met = "met" if bar["met"] else "**not met**"
    return f"| {bar['name']} | {sign} {_share(bar['bar'])} | {_share(bar['value'])} | {met} |"


def _point(point: dict[str, Any]) -> str:
    shares = f"{_share(point['recall'])} | {_share(point['false_alarms'])}"
    return f"| {point['threshold']:.2f} | {shares} |"


def _row(kind: dict[str, Any]) -> str:
    shares = [_share(kind[name]) for name in ("flagged", "by_facts", "by_similarity")]
    precision = [_share(kind["precision"])] if kind["harm"] else []
    return f"| {kind['kind']} | {kind['edits']:,} | {' | '.join([*shares, *precision])} |"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"
