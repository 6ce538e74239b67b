"""What is wrong with a command line or a file, in words? Typer and the system say it in English."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from riskengine.errors import Sentence, sentence
from riskengine.rules import Title

CAUSES: Mapping[int | None, Title] = {
    errno.ENOENT: Title("没有这个文件或文件夹", "no such file or folder"),
    errno.EACCES: Title("没有权限", "permission denied"),
    errno.EPERM: Title("没有权限", "permission denied"),
    errno.EROFS: Title("磁盘只读", "the disk is read-only"),
    errno.ENOSPC: Title("磁盘已满", "the disk is full"),
    errno.EISDIR: Title("这是文件夹，要的是文件", "a folder where a file is wanted"),
    errno.ENOTDIR: Title("路径中有一段不是文件夹", "a part of the path is no folder"),
    errno.EEXIST: Title("同名的已经存在", "there is one of that name"),
    errno.ENAMETOOLONG: Title("名称太长", "the name is too long"),
}
"""What the system says of a file, in words."""


def mistyped(misuse: Any, words: Sequence[str] = ()) -> Sentence:
    """The refusal of a command line.

    Parameters
    ----------
    misuse
        What typer raised.
    words
        The command line, where typer does not know the command.
    """
    command = misuse.ctx.command_path if misuse.ctx else " ".join(["riskengine", *words[:1]])
    kind, parameter = type(misuse).__name__, getattr(misuse, "param", None)
    option = getattr(misuse, "option_name", "")
    if kind == "MissingParameter" and parameter is not None:
        return missing(parameter, command)
    if kind == "NoSuchOption":
        close = meant(sorted(misuse.possibilities or ()))
        return sentence("option_unknown", name=option, command=command, **close)
    if kind == "BadOptionUsage":
        takes_nothing = "does not take" in misuse.message
        code = "option_takes_nothing" if takes_nothing else "option_without_value"
        return sentence(code, name=option, command=command)
    if kind == "BadParameter" and parameter is not None:
        return unreadable(misuse, parameter, command)
    if found := re.match(r"No such command '(.+?)'", misuse.message):
        close = meant(re.findall(r"'(.+?)'", misuse.message[found.end() :]))
        return sentence("command_unknown", name=found[1], command=command, **close)
    if found := re.match(r"Got unexpected extra argument\(s\) \((.*)\)", misuse.message):
        return sentence("command_words_left", words=found[1], command=command)
    return sentence("command_unreadable", command=command)


def meant(close: Sequence[str]) -> dict[str, str]:
    """What was probably meant: the close names that typer found, if any."""
    said = sentence("option_meant", known=", ".join(close)) if close else Title("", "")
    return {"meant_zh": said.zh, "meant_en": said.en}


def missing(parameter: Any, command: str) -> Sentence:
    """What has to be typed: an option by its dashes, an argument by what its help calls it."""
    name = name_of(parameter)
    if name.startswith("-"):
        return sentence("option_missing", name=name, command=command)
    zh, _, en = (parameter.help or name).partition(" · ")
    return sentence("argument_missing", name=name, what_zh=zh, what_en=en or zh, command=command)


def name_of(parameter: Any) -> str:
    """An option as it is typed, an argument as the help shows it."""
    option = str(parameter.opts[0])
    return option if option.startswith("-") else str(parameter.metavar or option.upper())


def unreadable(misuse: Any, parameter: Any, command: str) -> Sentence:
    """What was typed, and what may be."""
    cause = misuse.__cause__
    value = cause.errors()[0]["input"] if hasattr(cause, "errors") else ""
    texts = {f"wanted_{lang}": getattr(wanted_by(parameter), lang) for lang in ("zh", "en")}
    name = name_of(parameter)
    return sentence("option_unreadable", name=name, value=value, command=command, **texts)


def wanted_by(parameter: Any) -> Sentence:
    """What an option takes: one of some words, or a whole number within its limits."""
    kind = parameter.type_descriptor
    if kind.choices:
        return sentence("option_one_of", known=", ".join(map(str, kind.choices)))
    if kind.annotation is not int:
        return sentence("option_as_told")
    least, most = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if least is None:
        return sentence("option_integer")
    if most is None:
        return sentence("option_at_least", least=least)
    return sentence("option_between", least=least, most=most)


def troubled(trouble: OSError) -> Sentence:
    """Why a file cannot be read or written."""
    if trouble.errno == errno.EEXIST and trouble.filename and Path(trouble.filename).is_file():
        return sentence("folder_is_file", name=trouble.filename)
    cause = trouble.strerror or type(trouble).__name__
    why = CAUSES.get(trouble.errno, Title(f"系统报告：{cause}", cause))
    facts = {"cause_zh": why.zh, "cause_en": why.en}
    if trouble.filename:
        return sentence("file_trouble", file=trouble.filename, **facts)
    return sentence("file_trouble_unnamed", **facts)
