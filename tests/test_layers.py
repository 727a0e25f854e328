"""Imports point down; starting promptc loads click and nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LAYERS: list[set[str]] = [
    {"errors"},
    {"source", "syntax", "budget", "options", "version", "extras", "prefix_costs"},
    {"ir"},
    {"results"},
    {"findings"},
    {"protocols", "paths", "globs", "atomic", "server"},
    {"generation"},
    {"parse"},
    {"emit", "rewrite", "tokens", "models", "prices", "config", "rendering", "endpoint"},
    {"files", "changes", "scorers"},
    {"analysis", "economics"},
    {"selection", "passages", "inspection"},
    {"rules", "manual"},
    {"passes", "compressors", "retrieval", "checks"},
    {"proofs", "accounts", "deferred", "outlining"},
    {"pipeline"},
    {"compiling", "comparing"},
    {"building", "verifying"},
    {"history"},
    {"checking"},
    {"comparison"},
    {"compressing"},
    {"api", "runtime", "retrieving"},
    {"workers"},
    {"report"},
    {"streams", "compat"},
    {"cli"},
    {"__main__"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
FAMILIES = {"passes", "compressors", "checks", "proofs", "rules"}
HEAVY = {
    "torch", "transformers", "spacy", "faiss", "numpy", "onnxruntime", "rich", "jinja2",
    "tiktoken", "genai_prices", "markdown_it", "tokenizers", "pathspec", "filelock",
    "bm25s", "Stemmer", "bs4", "markdownify", "pypdf", "sentence_transformers",
}  # fmt: skip
ROOT = Path(__file__).parent.parent / "promptc"
MODULES = sorted(ROOT.rglob("*.py"))

# Only imported where Jinja already is.
LOADED_WITH_JINJA = {"parse/tags.py", "rendering/worker.py", "rendering/environment.py"}


def _imports(path: Path, *, nested: bool) -> Iterator[str]:
    """Names of imported modules; type-only imports don't run, so they don't count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree)) if nested else tree.body
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
            if node.module == "promptc":
                yield from (f"promptc.{alias.name}" for alias in node.names)


def _part(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    here = _part(path)
    for name in _imports(path, nested=True):
        top, _, rest = name.partition(".")
        there = rest.partition(".")[0]
        if top != "promptc" or not rest or here == "__init__":
            continue
        if there == here:
            inside_init = path.name == "__init__.py"
            assert inside_init or here not in FAMILIES, name
            continue
        assert RANK[there] < RANK[here], f"{path}: {here} may not import {there}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_inside_imports_the_root(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(alias.name != "promptc" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "promptc":
            names = {alias.name for alias in node.names}
            assert names <= set(RANK) - {"__main__"}, names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_modules_are_imported_where_they_are_used(path: Path) -> None:
    if path.relative_to(ROOT).as_posix() in LOADED_WITH_JINJA:
        return
    heavy = {name.partition(".")[0] for name in _imports(path, nested=False)} & HEAVY
    assert not heavy


def test_shortening_loads_nothing_that_compiles() -> None:
    code = (
        "from promptc import Budget, compress; compress('One. Two.', budget=Budget(rate=0.5))\n"
        "import sys; print(sorted(name for name in sys.modules if name.startswith('promptc.')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[1] for name in ast.literal_eval(run.stdout)}
    assert not loaded & {"passes", "proofs", "pipeline", "compiling", "checks", "rendering"}


@pytest.mark.parametrize(
    "code",
    [
        "import promptc",
        "import promptc; dir(promptc)",
        "from promptc.cli import main; main(['--help'], standalone_mode=False)",
    ],
)
def test_starting_loads_click_at_most(code: str) -> None:
    show = "import sys; print(sorted({m.partition('.')[0] for m in sys.modules}))"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{show}"], capture_output=True, text=True, check=True
    )
    loaded = set(ast.literal_eval(run.stdout.splitlines()[-1]))
    assert not loaded & HEAVY
    third_party = loaded - set(sys.stdlib_module_names) - {"promptc", "click", "__main__"}
    editable = {name for name in third_party if name.startswith(("_", "sitecustomize"))}
    assert third_party - editable <= {"distutils-precedence", "typing_extensions"}
