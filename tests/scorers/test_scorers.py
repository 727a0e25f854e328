"""Scorers by name: one model each, loaded when it is named; what is wrong is said."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from promptc import scorers
from promptc.errors import ConfigError, MissingExtra, ModelError
from promptc.scorers import KINDS, scorer
from promptc.scorers.loading import is_out_of_memory, load, place
from promptc.scorers.named import read
from promptc.scorers.shared import Shared
from tests.scorers.tiny import bert, byte_level, gpt2, saved, wordpiece


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models")
    saved(gpt2(), byte_level(), path / "gpt2")
    saved(bert(), wordpiece(), path / "bert")
    return path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("causl:gpt2", "did you mean 'causal'"),
        ("causal", "needs a model, as 'causal:gpt2': nothing is downloaded"),
        ("remote", "needs a model, as 'remote:http://localhost:8000/v1'"),
        ("embedded:gpt2", "has no models"),
        ("", "no scorer is called ''"),
    ],
)
def test_a_name_that_is_none_is_refused(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        scorer(name)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("windw=5", "no option is called 'windw'; did you mean 'window'"),
        ("window=many", "window=many: write a value as 2048"),
        ("window=2", "window=2: 16 is the least"),
        ("stride=500", "stride=500 is more than the window"),
        ("iterative=maybe", "iterative=maybe: write a value as False"),
        ("iterative=true,segment=60", "segment at most half of the window"),
        ("keep=0.5", "no option is called 'keep'"),
    ],
)
def test_an_option_that_is_wrong_is_said(folder: Path, options: str, said: str) -> None:
    with pytest.raises((ConfigError, ModelError), match=said):
        scorer(f"causal:{folder}/gpt2,{options}")


def test_a_device_for_no_model_is_refused() -> None:
    for given in (("cuda", None), (None, "bfloat16")):
        with pytest.raises(ConfigError, match="are for scorers that are models"):
            scorer("embedded", *given)
    assert scorer("embedded", "cpu").name == "embedded"


def test_a_name_is_taken_apart() -> None:
    assert read("remote:http://a:80/v1,model=b/c,window=9") == (
        "remote", "http://a:80/v1", {"model": "b/c", "window": "9"},
    )  # fmt: skip
    assert read("classifier:x,compat=llmlingua-0.2.2,v2=true").options["v2"] == "true"


def test_a_model_is_loaded_once_for_all_threads(folder: Path) -> None:
    scorers.forget()
    name = f"causal:{folder}/gpt2"
    with ThreadPoolExecutor(4) as pool:
        found = {id(each) for each in pool.map(lambda _: scorer(name), range(8))}
    assert len(found) == 1
    assert scorer(name).name == f"{name} (cpu, float32, packed)"
    assert scorer(name, dtype="float32") is not scorer(name)


def test_equal_weights_have_equal_versions(folder: Path, tmp_path: Path) -> None:
    same = saved(gpt2(), byte_level(), tmp_path / "same")
    model = gpt2()
    with torch.no_grad():
        model.transformer.wte.weight += 0.01
    other = saved(model, byte_level(), tmp_path / "other")
    versions = [scorer(f"causal:{each}").version for each in (folder / "gpt2", same, other)]
    assert versions[0] == versions[1] != versions[2]


def test_a_folder_that_is_no_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        scorer(f"causal:{tmp_path}")
    with pytest.raises(ModelError, match="there is no such folder"):
        scorer(f"causal:{tmp_path}/nothing")


def test_a_model_that_was_not_trained_to_classify_is_refused(folder: Path, tmp_path: Path) -> None:
    """Its head would be random numbers."""
    model = bert()
    model.bert.save_pretrained(tmp_path)
    wordpiece().save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"was not trained for this: classifier\.bias"):
        scorer(f"classifier:{tmp_path}")


def test_no_code_of_a_model_is_run(tmp_path: Path) -> None:
    """C2: code beside the weights was trusted by default."""
    saved(gpt2(), byte_level(), tmp_path)
    config = tmp_path / "config.json"
    text = config.read_text().replace(
        "{", '{"auto_map": {"AutoModelForCausalLM": "evil.Evil", "AutoConfig": "evil.Config"},', 1
    )
    config.write_text(text.replace('"model_type": "gpt2"', '"model_type": "evil"'))
    (tmp_path / "evil.py").write_text("open('ran', 'w').close()\nraise SystemExit\n")
    with pytest.raises(ModelError, match="contains custom code"):
        load("AutoModelForCausalLM", str(tmp_path), place("cpu"))
    assert not (tmp_path / "ran").exists() and not Path("ran").exists()


@pytest.mark.parametrize(
    ("device", "dtype", "said"),
    [
        ("gpu", None, "device 'gpu': use 'cuda'"),
        ("cuda:99", None, "device 'cuda:99' is not there"),
        ("xpu", None, "device 'xpu': use"),
        ("cpu", "bf16", "did you mean 'bfloat16'"),
        ("cpu", "float16", "is for GPUs"),
    ],
)
def test_a_place_that_is_not_there_is_refused(device: str, dtype: str | None, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        place(device, dtype)


def test_bf16_is_refused_where_the_cpu_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptc.scorers.loading.has_bf16", lambda _: False)
    with pytest.raises(ConfigError, match="no instructions for 'bfloat16'"):
        place("cpu", "bfloat16")


def test_a_gpu_is_chosen_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place("cpu") == ("cpu", "float32")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert place() == ("cuda", "bfloat16")
    assert place("cuda:1", "float16") == ("cuda:1", "float16")


@pytest.mark.parametrize("kind", [kind for kind, each in KINDS.items() if each.extra])
def test_without_its_packages_a_scorer_says_what_to_install(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("torch", "transformers", "llmlingua"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        MissingExtra, match=rf'pip install "promptc-compiler\[{KINDS[kind].extra}\]"'
    ):
        scorer(f"{kind}:some/bert-base-multilingual-cased", "cpu", None)


def test_out_of_memory_is_told_from_other_errors() -> None:
    for error in (
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        MemoryError(),
    ):
        assert is_out_of_memory(error)
    assert not is_out_of_memory(RuntimeError("shapes do not match"))


def test_importing_scorers_loads_nothing_heavy() -> None:
    code = "import promptc.scorers, sys; print({'numpy', 'torch', 'urllib3'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_iterative_is_an_option_of_causal(folder: Path) -> None:
    found = scorer(f"causal:{folder}/gpt2,iterative=true,segment=20")
    assert isinstance(found, Shared)
    assert found.name.endswith("iterative")
    assert len(found.score(["Anna signed the lease on May 3."])[0].bits) > 4
