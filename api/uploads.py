"""Which uploaded files can be read as a register?

Tables, one file each, or a zip of them. Names lose their folders, so that nothing is written
outside the folder given; whatever is not a table is refused by name.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from riskengine.errors import BadRegister

TABLES = {".csv", ".xlsx", ".parquet"}
CHUNK = 1 << 20

Upload = tuple[str, BinaryIO]
"""Name and open file."""


def lay_out(uploads: Iterable[Upload], folder: Path, *, megabytes: int) -> list[Path]:
    """Write the tables of `uploads` into the empty `folder`.

    megabytes
        Most to write in all: a small zip can hold a large file.
    """
    left = megabytes * 1_000_000
    written: list[Path] = []
    for name, file in _tables(uploads):
        path = folder / _plain_name(name)
        if path.exists():
            raise BadRegister("upload_unreadable", name=name)
        with path.open("xb") as out:
            while chunk := _read(name, file):
                left -= len(chunk)
                if left < 0:
                    raise BadRegister("upload_too_large", megabytes=megabytes)
                out.write(chunk)
        written.append(path)
    return written


def _tables(uploads: Iterable[Upload]) -> Iterator[tuple[str, IO[bytes]]]:
    for name, file in uploads:
        if not name.lower().endswith(".zip"):
            yield name, file
            continue
        try:
            # without their UTF-8 flag, names in a zip made here are in the national encoding
            with zipfile.ZipFile(file, metadata_encoding="gb18030") as packed:
                for entry in packed.infolist():
                    if not entry.is_dir() and not entry.filename.startswith("__MACOSX/"):
                        with packed.open(entry) as table:
                            yield entry.filename, table
        except (zipfile.BadZipFile, RuntimeError, ValueError) as problem:
            raise BadRegister("upload_unreadable", name=name) from problem


def _read(name: str, file: IO[bytes]) -> bytes:
    try:
        return file.read(CHUNK)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as problem:
        raise BadRegister("upload_unreadable", name=name) from problem


def _plain_name(name: str) -> str:
    """The file name alone.

    >>> _plain_name("../2026/企业.csv"), _plain_name("C:\\\\导出\\\\企业.CSV")
    ('企业.csv', '企业.CSV')
    """
    plain = PurePosixPath(name.replace("\\", "/")).name
    is_table = PurePosixPath(plain.lower()).suffix in TABLES
    if not is_table or plain.startswith(".") or not plain.isprintable() or len(plain) > 120:
        raise BadRegister("upload_unreadable", name=name)
    return plain
