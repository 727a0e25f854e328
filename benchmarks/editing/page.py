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
            *_questions(found),
            *_second_hand(found["second_hand"]),
        ]
    )


def _questions(found: dict[str, Any]) -> list[str]:
    if not found["pairs"]:
        return []
    lines = [
        "## Pairs of questions",
        "",
        "Pairs that people marked as one question or two: how many pass, word by word and as "
        "questions that may be asked anew, on the half that chose nothing.",
        "",
        "| set | one question | pass word by word | pass | two questions | pass word by word "
        "| pass | precision |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *(_pairs(each) for each in found["pairs"]),
        "",
    ]
    if "questions" in found:
        lines += [
            f"The threshold, {found['questions_threshold']}, is the lowest that lets no more than "
            "5 % of two questions pass, on the other half:",
            "",
            "| threshold | asked anew, flagged | two questions, passed | recall of harm |",
            "|--:|--:|--:|--:|",
            *(_sure(each) for each in found["questions"]),
            "",
        ]
    return lines


def _pairs(each: dict[str, Any]) -> str:
    same = f"{each['same']:,} | {_share(each['same_word_by_word'])} | {_share(each['same_passed'])}"
    other = (
        f"{each['other']:,} | {_share(each['other_word_by_word'])} | {_share(each['other_passed'])}"
    )
    return f"| {each['set']} | {same} | {other} | {_share(each['precision'])} |"


def _sure(each: dict[str, Any]) -> str:
    shares = (_share(each[name]) for name in ("flagged", "other_questions_passed", "recall"))
    return f"| {each['threshold']:.2f} | {' | '.join(shares)} |"


def _second_hand(found: dict[str, Any]) -> list[str]:
    return [
        "## Edits by a second hand",
        "",
        "Written by someone who had not seen the tables that the checks read with.",
        "",
        "| edits | harmful | seen | harmless | flagged |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {name} | {each['harmful']:,} | {_share(each['recall'])} | {each['harmless']:,} "
            f"| {_share(each['false_alarms'])} |"
            for name, each in (
                ("composed one by one", found["composed"]),
                ("made of prompts", found["made"]),
            )
        ),
        "",
        "| kind | harm | n | seen or flagged | by `facts` | by `similarity` |",
        "|---|---|--:|--:|--:|--:|",
        *(_second_row(each) for each in found["kinds"]),
        "",
    ]


def _second_row(kind: dict[str, Any]) -> str:
    shares = (_share(kind[name]) for name in ("flagged", "by_facts", "by_similarity"))
    harm = "yes" if kind["harm"] else "no"
    return f"| {kind['kind']} | {harm} | {kind['edits']:,} | {' | '.join(shares)} |"


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
