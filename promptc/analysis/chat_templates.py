"""Chat templates: what a tokenizer writes around messages, word for word as a model was trained."""

from __future__ import annotations

import re
from functools import lru_cache

from promptc.analysis.names import mentioned
from promptc.ir import Output, Tag, Template

#: What only tokenizers hand to a template.
_TOKENIZER = {"add_generation_prompt", "bos_token", "eos_token"}
_MARKER = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|\[/?INST\]|<(?:start|end)_of_turn>|<</?SYS>>"
)


@lru_cache(maxsize=16)
def is_chat_template(template: Template) -> bool:
    """Whether *template* turns ``messages`` into the text that a model was trained on.

    It reads ``messages`` and either what tokenizers provide or writes control tokens.
    """
    if "messages" not in template.text or template.syntax.engine != "jinja":
        return False
    names = mentioned(leaf for leaf in template.leaves if isinstance(leaf, Output | Tag))
    return "messages" in names and bool(names & _TOKENIZER or _MARKER.search(template.text))
