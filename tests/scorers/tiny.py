"""Models with random weights, made in the test: real tokenizers, real classes, few numbers."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from tests.compressing.samples import PIECES, prose

BEGIN, UNKNOWN, PAD = "<|endoftext|>", "<unk>", "<pad>"
TEXTS = [prose(60), *PIECES]


@functools.cache
def byte_level() -> Any:
    """A byte-level tokenizer, as GPT-2's."""
    own = Tokenizer(models.BPE())
    own.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    own.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=[BEGIN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    own.train_from_iterator(TEXTS, trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=own, bos_token=BEGIN, eos_token=BEGIN
    )


@functools.cache
def unigram() -> Any:
    """A tokenizer of pieces with marks for spaces, as XLM-RoBERTa's: ids 0 to 3 are its marks."""
    own = Tokenizer(models.Unigram())
    own.normalizer = normalizers.NFKC()
    own.pre_tokenizer = pre_tokenizers.Metaspace()
    own.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=300,
        special_tokens=["<s>", PAD, "</s>", UNKNOWN, "<mask>"],
        unk_token=UNKNOWN,
        show_progress=False,
    )
    own.train_from_iterator(TEXTS, trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=own,
        bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
        unk_token=UNKNOWN, pad_token=PAD, mask_token="<mask>",
    )  # fmt: skip


@functools.cache
def wordpiece() -> Any:
    """A tokenizer of word pieces, as BERT's."""
    own = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    own.normalizer = normalizers.BertNormalizer(lowercase=False)
    own.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    own.decoder = decoders.WordPiece()
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=marks, show_progress=False)
    own.train_from_iterator(TEXTS, trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=own,
        pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]",
    )  # fmt: skip


def gpt2(positions: int = 64) -> Any:
    """A GPT-2 of two layers."""
    config = transformers.GPT2Config(
        vocab_size=len(byte_level()), n_positions=positions, n_embd=32, n_layer=2, n_head=4,
        bos_token_id=0, eos_token_id=0, initializer_range=0.4,
    )  # fmt: skip
    return seeded(transformers.GPT2LMHeadModel, config)


def llama(positions: int = 64) -> Any:
    """A Llama of two layers, whose keys are shared by two queries each."""
    config = transformers.LlamaConfig(
        vocab_size=len(byte_level()), max_position_embeddings=positions, hidden_size=32,
        intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        bos_token_id=0, eos_token_id=0, initializer_range=0.4,
    )  # fmt: skip
    return seeded(transformers.LlamaForCausalLM, config)


def gemma2(positions: int = 64) -> Any:
    """A Gemma 2, which caps its logits and slides over its keys."""
    config = transformers.Gemma2Config(
        vocab_size=len(byte_level()), max_position_embeddings=positions, hidden_size=32,
        intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        head_dim=8, sliding_window=16, bos_token_id=0, eos_token_id=0, pad_token_id=0,
        initializer_range=0.4, final_logit_softcapping=2.0,
    )  # fmt: skip
    return seeded(transformers.Gemma2ForCausalLM, config)


def bert(positions: int = 64) -> Any:
    """A BERT that classifies tokens."""
    config = transformers.BertConfig(
        vocab_size=len(wordpiece()), max_position_embeddings=positions, hidden_size=32,
        num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, initializer_range=0.4,
        num_labels=2,
    )  # fmt: skip
    return seeded(transformers.BertForTokenClassification, config)


def roberta(positions: int = 66) -> Any:
    """An XLM-RoBERTa that classifies tokens."""
    config = transformers.XLMRobertaConfig(
        vocab_size=len(unigram()), max_position_embeddings=positions, hidden_size=32,
        num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, initializer_range=0.4,
        num_labels=2, pad_token_id=1, bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    return seeded(transformers.XLMRobertaForTokenClassification, config)


def bigram(words: Sequence[str], likely: dict[str, str]) -> tuple[Any, Any]:
    """A Llama that knows words by heart, and its tokenizer: after each of *likely* comes one."""
    own = Tokenizer(
        models.WordLevel({w: n for n, w in enumerate([UNKNOWN, BEGIN, *words])}, UNKNOWN)
    )
    own.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=own, unk_token=UNKNOWN, bos_token=BEGIN
    )
    size = len(tokenizer)
    width = -(-size // 8) * 8
    config = transformers.LlamaConfig(
        vocab_size=size, hidden_size=width, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=1, max_position_embeddings=256, bos_token_id=1,
    )  # fmt: skip
    model = seeded(transformers.LlamaForCausalLM, config)
    weights = model.state_dict()
    for name, each in weights.items():
        each.fill_(1.0 if "norm" in name else 0.0)
    weights["model.embed_tokens.weight"][:, :size] = torch.eye(size)
    ids = {word: tokenizer.convert_tokens_to_ids(word) for word in words}
    for word, then in likely.items():
        weights["lm_head.weight"][ids[then], ids[word]] = 2.0
    model.load_state_dict(weights)
    return model, tokenizer


def seeded(kind: Any, config: Any) -> Any:
    """A model of *kind* with the same random weights each time; other randomness is untouched."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        return kind(config).eval()


def saved(model: Any, tokenizer: Any, folder: Path) -> str:
    """Write both into *folder*, as a model is on a disk."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)
