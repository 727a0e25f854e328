"""What builds saved, as numbers per kind of text and as Markdown tables."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

#: What the kinds of the data are called, in the order of the table. Others keep their names.
PROMPTS = {
    "system prompts": ("system_prompt",),
    "agent instructions": ("agent_instructions_md",),
    "prompts in code": ("python_prompt_constant", "python_fstring", "prompt_json"),
}
TEMPLATES = {
    "task templates": ("task_prompt",),
    "agent templates": ("agent_prompt",),
    "RAG templates": ("rag_prompt",),
    "chat templates": ("chat_template",),
    "prompty": ("prompty",),
    "BAML, banks, dotprompt": ("baml_prompt", "banks_prompt", "dotprompt"),
}
FEW_SHOT = {
    "few-shot, chain of thought": ("fewshot_cot",),
    "few-shot, documents": ("fewshot_with_documents",),
}
_GROUPS = PROMPTS | TEMPLATES | FEW_SHOT
_BY_KIND = {kind: name for name, kinds in _GROUPS.items() for kind in kinds}


class Tokens(NamedTuple):
    """Static tokens of one file before and after."""

    before: int
    after: int

    @property
    def share(self) -> float:
        return 1 - self.after / self.before if self.before else 0.0


class Column(NamedTuple):
    """One way to save: tokens by file, tokens by pass and file, and which files it harmed.

    *harmed* is ``None`` where nobody judged, *passes* empty where there are none.
    """

    name: str
    tokens: Mapping[str, Tokens]
    harmed: frozenset[str] | None = None
    passes: Mapping[tuple[str, str], Mapping[str, int]] = {}


def figures(columns: Sequence[Column], kinds: Mapping[str, str]) -> dict[str, Any]:
    """Every number of the tables; *kinds* names the kind of each file."""
    rows = {
        name: {column.name: _saved(column, files) for column in columns}
        for name, files in _rows(kinds).items()
    }
    few = {name for name, kind in kinds.items() if _group(kind) in FEW_SHOT}
    passes = {column.name: _passes(column, few) for column in columns if column.passes}
    return {"kinds": rows, "passes": passes}


def _group(kind: str) -> str:
    return _BY_KIND.get(kind, kind or "no kind")


def _rows(kinds: Mapping[str, str]) -> dict[str, list[str]]:
    """The files of every row: groups of texts, their sums, then few-shot apart."""
    groups: dict[str, list[str]] = {name: [] for name in _GROUPS}
    for file, kind in kinds.items():
        groups.setdefault(_group(kind), []).append(file)
    groups = {name: files for name, files in groups.items() if files}
    few = {name: groups.pop(name) for name in FEW_SHOT if name in groups}
    parts = {
        "all prompts": [name for name in groups if name in PROMPTS],
        "all templates": [name for name in groups if name in TEMPLATES],
        "all but few-shot": list(groups),
    }
    sums = {name: [f for each in part for f in groups[each]] for name, part in parts.items()}
    return {**groups, **{name: files for name, files in sums.items() if files}, **few}


def _saved(column: Column, files: Iterable[str]) -> dict[str, Any]:
    names = [name for name in files if name in column.tokens]
    found = [column.tokens[name] for name in names]
    total = Tokens(sum(each.before for each in found), sum(each.after for each in found))
    shares = [each.share for each in found if each.before]
    return {
        "files": len(found),
        "before": total.before,
        "after": total.after,
        "share_of_all": round(total.share, 5),
        "mean_share": round(statistics.mean(shares), 5) if shares else 0.0,
        "median_share": round(statistics.median(shares), 5) if shares else 0.0,
        "files_smaller": sum(share > 0 for share in shares),
        "harmed": None if column.harmed is None else len(column.harmed & set(names)),
    }


def _passes(column: Column, few: set[str]) -> list[dict[str, Any]]:
    found = []
    for (name, guarantee), saved in column.passes.items():
        apart = sum(tokens for file, tokens in saved.items() if file in few)
        found.append(
            {
                "pass": name,
                "guarantee": guarantee,
                "files": len(saved),
                "saved": sum(saved.values()) - apart,
                "saved_in_few_shot": apart,
            }
        )
    return sorted(found, key=lambda each: (-each["saved"], each["pass"]))


def markdown(record: Mapping[str, Any]) -> str:
    """The record of a run as a page."""
    where, found = record["machine"], record["figures"]
    versions = ", ".join(f"{name} {each}" for name, each in where["versions"].items())
    lines = [
        "# Tokens saved",
        "",
        f"{where['date']}; {where['processor']}, {where['cores']} cores, {where['system']}; "
        f"python {where['python']}, {versions}; data sha256 {found['data_sha256'][:16]}.",
        "",
        "Static tokens, counted with gpt-4o's encoding. Few-shot files are in no sum.",
        *_table("Mean over files", found["kinds"], lambda cell: _percent(cell["mean_share"])),
        *_table("Of all tokens", found["kinds"], lambda cell: _percent(cell["share_of_all"])),
        *_table("Files made smaller", found["kinds"], lambda cell: str(cell["files_smaller"])),
        *_table("Files harmed, as the audit judges", found["kinds"], _harmed),
    ]
    for column, passes in found["passes"].items():
        lines += ["", f"## Tokens by pass: {column}", "", *_pass_lines(passes)]
    return "\n".join(lines) + "\n"


def _table(
    title: str, rows: Mapping[str, Mapping[str, Any]], cell: Callable[[Any], str]
) -> list[str]:
    columns = list(next(iter(rows.values()), {}))
    lines = [
        *("", f"## {title}", ""),
        f"| kind | files | tokens | {' | '.join(columns)} |",
        "| --- | ---: | ---: |" + " ---: |" * len(columns),
    ]
    for name, cells in rows.items():
        first = next(iter(cells.values()))
        said = " | ".join(cell(cells[column]) for column in columns)
        lines.append(f"| {name} | {first['files']} | {first['before']:,} | {said} |")
    return lines


def _pass_lines(passes: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [
        "| pass | guarantee | files | saved | in few-shot |",
        "| --- | --- " + "| ---: " * 3 + "|",
    ]
    lines += [
        f"| {each['pass']} | {each['guarantee']} | {each['files']} | {each['saved']:,} "
        f"| {each['saved_in_few_shot']:,} |"
        for each in passes
    ]
    kinds = sorted({each["guarantee"] for each in passes})
    for kind in kinds:
        saved, few = (
            sum(each[key] for each in passes if each["guarantee"] == kind)
            for key in ("saved", "saved_in_few_shot")
        )
        lines.append(f"| all of them | {kind} | | {saved:,} | {few:,} |")
    return lines


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _harmed(cell: Mapping[str, Any]) -> str:
    return "-" if cell["harmed"] is None else str(cell["harmed"])
