"""Models of real shapes with random weights: what they say is noise, what they cost is real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from promptc.extras import need

_QWEN = {"vocab_size": 151_936, "max_position_embeddings": 32_768, "bos_token_id": 0}
_ENDS = {"bos_token_id": 0, "eos_token_id": 0}

#: The class, the configuration and what is changed in it.
SHAPES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "gpt2-small": ("GPT2LMHeadModel", "GPT2Config", _ENDS),
    "qwen-0.5b": (
        "Qwen2ForCausalLM",
        "Qwen2Config",
        {
            **_QWEN, **_ENDS, "hidden_size": 896, "intermediate_size": 4864,
            "num_hidden_layers": 24,
            "num_attention_heads": 14, "num_key_value_heads": 2, "tie_word_embeddings": True,
        },
    ),
    "qwen-3b": (
        "Qwen2ForCausalLM",
        "Qwen2Config",
        {
            **_QWEN, **_ENDS, "hidden_size": 2048, "intermediate_size": 11_008,
            "num_hidden_layers": 36, "num_attention_heads": 16, "num_key_value_heads": 2,
            "tie_word_embeddings": True,
        },
    ),
    "llama-3b": (
        "LlamaForCausalLM",
        "LlamaConfig",
        {
            **_ENDS, "vocab_size": 128_256, "hidden_size": 3072, "intermediate_size": 8192,
            "num_hidden_layers": 28, "num_attention_heads": 24, "num_key_value_heads": 8,
            "max_position_embeddings": 8192, "tie_word_embeddings": True,
        },
    ),
    # The package knows a model by its name.
    "bert-base-multilingual-cased": (
        "BertForTokenClassification", "BertConfig", {"vocab_size": 119_547, "num_labels": 2},
    ),
}  # fmt: skip


def write(shape: str, folder: Path, texts: list[str]) -> Path:
    """Write the model *shape* and a tokenizer that was trained on *texts* into *folder*."""
    torch, transformers = need("torch", "gpu"), need("transformers", "gpu")
    kind, config, changes = SHAPES[shape]
    path = folder / shape
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = getattr(transformers, kind)(getattr(transformers, config)(**changes))
    model.save_pretrained(path)
    tokenizer = _word_pieces(texts) if "bert" in shape else _bytes(texts)
    tokenizer.save_pretrained(path)
    _as_before(path)
    return path


def _as_before(path: Path) -> None:
    """Write the tokenizer in *path* in the way that transformers 4.42 reads, too."""
    settings, own = path / "tokenizer_config.json", path / "tokenizer.json"
    known = json.loads(settings.read_text(encoding="utf-8"))
    known["tokenizer_class"] = "PreTrainedTokenizerFast"
    settings.write_text(json.dumps(known), encoding="utf-8")
    known = json.loads(own.read_text(encoding="utf-8"))
    if "merges" in known["model"]:
        known["model"]["merges"] = [" ".join(each) for each in known["model"]["merges"]]
        own.write_text(json.dumps(known), encoding="utf-8")


def _bytes(texts: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    own = Tokenizer(models.BPE())
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    own.decoder = decoders.ByteLevel()
    end = "<|endoftext|>"
    trainer = trainers.BpeTrainer(
        vocab_size=8000,
        special_tokens=[end],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    own.train_from_iterator(texts, trainer)
    fast = need("transformers", "gpu").PreTrainedTokenizerFast
    return fast(tokenizer_object=own, bos_token=end, eos_token=end)


def _word_pieces(texts: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    own = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    own.normalizer = normalizers.BertNormalizer(lowercase=False)
    own.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    own.decoder = decoders.WordPiece()
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=8000, special_tokens=marks, show_progress=False)
    own.train_from_iterator(texts, trainer)
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    fast = need("transformers", "gpu").PreTrainedTokenizerFast
    return fast(tokenizer_object=own, **dict(zip(names, marks, strict=True)))
