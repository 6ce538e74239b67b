"""Where does a YAML file go wrong, and how? The parser says it in English, over several lines."""

from __future__ import annotations

import re

from yaml import YAMLError

from riskengine.errors import Sentence, sentence

FAULTS = (
    (r"mapping values are not allowed", "yaml_colon"),
    (r"could not find expected ':'", "yaml_no_colon"),
    (r"'\\t'", "yaml_tab"),
    (r"cannot start any token|unknown escape|expected alphabetic", "yaml_quote"),
    (r"unexpected end of stream|document separator", "yaml_open_quote"),
    (r"expected ',' or '[\]}]'", "yaml_open_bracket"),
    (r"expected <block end>|sequence entries are not allowed", "yaml_indent"),
    (r"undefined alias|duplicate anchor", "yaml_anchor"),
    (r"could not determine a constructor", "yaml_tag"),
    (r"must be in |out of range", "yaml_no_day"),
    (r"special characters are not allowed", "yaml_sign"),
)
"""What the parser says → the sentence for people, in the order of trial."""
OPENED = re.compile(r"quoted scalar|flow (sequence|mapping)")
"""What was opened and not closed: the fault is where it opens, not where the text ends."""


def fault_of(fault: YAMLError, text: str) -> tuple[int, Sentence]:
    """The line, counted from 1, and what is wrong there."""
    problem = getattr(fault, "problem", None) or getattr(fault, "reason", None) or str(fault)
    mark = getattr(fault, "problem_mark", None)
    if OPENED.search(getattr(fault, "context", None) or ""):
        mark = getattr(fault, "context_mark", None) or mark
    line = mark.line if mark else text.count("\n", 0, getattr(fault, "position", None) or 0)
    code = next((code for pattern, code in FAULTS if re.search(pattern, problem)), "yaml_other")
    return line + 1, sentence(code, problem=problem)
