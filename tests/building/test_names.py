from __future__ import annotations

import pytest

from promptc.building.names import fault, faults, refuse_names
from promptc.errors import PromptcError

GOOD = [
    "ask.j2",
    "rag/ask.j2",
    "Grüße/日本.j2",
    "a b.j2",
    ".hidden.j2",
    "com.j2",
    "lock/manifest.json",
]
BAD = {
    "../ask.j2": "'..'",
    "a/../../ask.j2": "'..'",
    "/etc/passwd": "absolute",
    "": "plain relative",
    "a//b.j2": "plain relative",
    "./a.j2": "plain relative",
    "a/": "plain relative",
    "a\\b.j2": "Windows",
    "C:/a.j2": "Windows",
    "a:stream.j2": "Windows",
    "con.j2": "device",
    "x/LPT1/ask.j2": "device",
    "nul": "device",
    "a.j2.": "Windows",
    "a /b.j2": "Windows",
    "a\nb.j2": "control",
    "a\x1b[31m.j2": "control",
    "a\udce9.j2": "control",
    ".gen/x.j2": "keeps for itself",
    "Manifest.JSON": "keeps for itself",
    "promptc.lock": "keeps for itself",
    "ledger.json": "keeps for itself",
}


@pytest.mark.parametrize("name", GOOD)
def test_plain_relative_names_are_fine(name: str) -> None:
    assert fault(name) == ""


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_some_system_reads_otherwise_is_refused(name: str) -> None:
    assert BAD[name] in fault(name)
    with pytest.raises(PromptcError, match="rename the template"):
        refuse_names([name])


def test_names_that_differ_in_case_only_are_refused() -> None:
    with pytest.raises(PromptcError, match=r"'Ask\.j2' and 'ask\.j2' are one file"):
        refuse_names(["ask.j2", "Ask.j2"])


def test_a_name_that_is_a_file_and_a_folder_is_refused() -> None:
    with pytest.raises(PromptcError, match=r"'a' is a file, and 'A/b/c\.j2' needs"):
        refuse_names(["A/b/c.j2", "a"])


def test_every_name_of_a_group_that_can_not_stand_together_is_told() -> None:
    found = faults(["ask.j2", "Ask.j2", "ASK.j2", "a", "A/b/c.j2", "con", "good.j2"])
    assert found.keys() == {"ask.j2", "Ask.j2", "ASK.j2", "a", "A/b/c.j2", "con"}
    assert found["ask.j2"].startswith("'ASK.j2' and 'Ask.j2' and 'ask.j2' are one file")
    assert faults(["good.j2", "A/b.j2", "a/c.j2"]) == {}
