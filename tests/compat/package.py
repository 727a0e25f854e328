"""What llmlingua 0.2.2 has that its users call, written down where the package is not installed."""

from __future__ import annotations

FILTERS = (
    "iterative_size", "use_sentence_level_filter", "use_token_level_filter", "keep_split",
    "keep_first_sentence", "keep_last_sentence", "keep_sentence_number", "high_priority_bonus",
    "context_budget", "token_budget_ratio", "condition_in_question", "condition_compare",
    "rank_method",
)  # fmt: skip
CONTEXTS = (
    *FILTERS, "force_context_ids", "force_context_number", "use_context_level_filter",
    "reorder_context", "dynamic_context_compression_ratio", "add_instruction", "concate_question",
    "strict_preserve_uncompressed",
)  # fmt: skip
SECOND = (
    "use_context_level_filter", "use_token_level_filter", "target_context", "context_level_rate",
    "context_level_target_token", "force_context_ids", "return_word_label", "word_sep",
    "label_sep", "token_to_word", "force_tokens", "force_reserve_digit", "drop_consecutive",
    "chunk_end_tokens",
)  # fmt: skip
PROMPT = ("context", "instruction", "question", "rate", "target_token")

#: Each call, the arguments that come first, and all others.
CALLS: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "compress_prompt": (
        PROMPT,
        frozenset({
            *CONTEXTS, *SECOND, "context_segs", "context_segs_rate", "context_segs_compress",
        }),
    ),
    "structured_compress_prompt": (PROMPT, frozenset(CONTEXTS)),
    "compress_prompt_llmlingua2": (("context", "rate", "target_token"), frozenset(SECOND)),
    "compress_json": (
        ("json_data", "json_config", "instruction", "question", "rate", "target_token"),
        frozenset({*FILTERS, "use_keyvalue_level_filter", "reorder_keyvalue"}),
    ),
    "recover": (("original_prompt", "compressed_prompt", "response"), frozenset()),
    "get_token_length": (("text", "add_special_tokens", "use_oai_tokenizer"), frozenset()),
}  # fmt: skip

#: The keys of what it returns, and their types.
KEYS = {
    "compressed_prompt": str, "origin_tokens": int, "compressed_tokens": int, "ratio": str,
    "rate": str, "saving": str,
}  # fmt: skip
