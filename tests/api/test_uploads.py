"""Are uploads kept inside their folder, and to tables?"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from api.uploads import lay_out
from riskengine.errors import BadRegister


def zipped(**entries: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    file.seek(0)
    return file


def torn(**entries: bytes) -> bytes:
    """A zip with one bit changed in the middle."""
    content = bytearray(zipped(**entries).getvalue())
    content[len(content) // 2] ^= 1
    return bytes(content)


def test_files_and_zips_lie_side_by_side(tmp_path: Path) -> None:
    uploads = [("人员.csv", io.BytesIO(b"a")), ("县.zip", zipped(**{"县/企业.csv": b"b"}))]
    written = lay_out(uploads, tmp_path, megabytes=1)
    assert {path.name: path.read_bytes() for path in written} == {
        "人员.csv": b"a",
        "企业.csv": b"b",
    }


def test_chinese_names_of_an_old_zip_are_read(tmp_path: Path) -> None:
    file = zipped(**{"enterp.csv": b"x"}).getvalue()
    file = file.replace(b"enterp.csv", "企业表".encode("gbk") + b".csv")
    assert [p.name for p in lay_out([("z.zip", io.BytesIO(file))], tmp_path, megabytes=1)] == [
        "企业表.csv"
    ]


@pytest.mark.parametrize("name", ["../../企业.csv", "/etc/企业.csv", "..\\..\\企业.csv"])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    lay_out([("z.zip", zipped(**{name: b"x"}))], inside, megabytes=1)
    assert [path.name for path in tmp_path.rglob("*.csv")] == ["企业.csv"]
    assert (inside / "企业.csv").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.exe", b"x"),
        ("", b"x"),
        ("..", b"x"),
        (".csv", b"x"),
        ("a\x00.csv", b"x"),
        ("broken.zip", b"PK nothing"),
        ("nested.zip", zipped(**{"inner.zip": b"x"}).getvalue()),
        ("torn.zip", torn(**{"a.csv": bytes(range(256)) * 9})),
        ("bad.zip", zipped(**{"a.csv": bytes(range(256)) * 9}).getvalue()[:60]),
    ],
    ids=["program", "nameless", "parent", "dot", "nul", "no-zip", "nested", "torn", "cut-short"],
)
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(BadRegister, match="zip"):
        lay_out([(name, io.BytesIO(content))], tmp_path, megabytes=1)


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    uploads = [("a.csv", io.BytesIO(b"1")), ("z.zip", zipped(**{"x/a.csv": b"2"}))]
    with pytest.raises(BadRegister, match=r"a\.csv"):
        lay_out(uploads, tmp_path, megabytes=1)


def test_a_small_zip_cannot_fill_the_disk(tmp_path: Path) -> None:
    bomb = zipped(**{"a.csv": b"0" * 5_000_000})
    assert len(bomb.getvalue()) < 10_000
    with pytest.raises(BadRegister, match="1 MB"):
        lay_out([("a.zip", bomb)], tmp_path, megabytes=1)
