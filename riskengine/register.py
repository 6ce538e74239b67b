"""What is known about every enterprise and officer, and since when?

A register is a set of Arrow tables, one per table of ``fields.csv``. Rows are versions: a row
replaces an older one of the same key from its ``known_on`` onwards, and `Register.as_of` is the
only place where that is decided.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

import pandas as pd
import pyarrow as pa

from riskengine.checks import (
    doubtful_codes,
    flag_rival_figures,
    merge_versions,
    reject_orphans,
    reject_pairs_of_one,
    reject_repeats,
    unknown_words,
)
from riskengine.cut import digest_of, in_order, newest
from riskengine.errors import BadRegister, Sentence, sentence
from riskengine.fields import schema_of, table_of_fields
from riskengine.files import KINDS, Sheet, read_sheet, sheet_of
from riskengine.mapping import Mapping as SourceMapping
from riskengine.mapping import Source, columns_of, fields_by_header, missing_fields, table_named
from riskengine.rows import Doubts, Rows, read_rows

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what is being read."""
NO_DOUBTS: Mapping[str, Doubts] = {}


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was left out, and what would mend it.

    row
        Line in the file, the header being line 1 where it stands first.
    field, value
        Where the row is wrong, and the text that stands there.
    more
        What else is wrong with the same row.
    cells
        The whole row as it stood: header → text.
    """

    file: str
    table: str
    row: int
    field: str
    value: str
    reason: Sentence
    more: tuple[Sentence, ...] = ()
    cells: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flag:
    """A row that was kept although something about it is doubtful."""

    file: str
    table: str
    row: int
    field: str
    value: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of one source: ``read == stored + rejected + merged + passed_over``.

    merged
        Rows that repeat what another row of the source says (only with ``distinct: true``).
    passed_over
        Rows that the ``where`` of a mapping does not ask for.
    """

    file: str
    table: str
    read: int
    stored: int
    rejected: int
    merged: int = 0
    passed_over: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What was known at the start of the day `as_of`: one row per key.

    digest
        The same whatever the order of the rows and the engine they came from.
    """

    as_of: dt.date
    tables: dict[str, pa.Table]
    digest: str


@dataclass(frozen=True, slots=True)
class Register:
    """Every version of every row, and what was left out.

    tables
        Every table of ``fields.csv``, its columns and types, sorted by key and ``known_on``.
        A table left out is empty.
    """

    tables: dict[str, pa.Table]
    rejected: tuple[Rejected, ...] = ()
    flags: tuple[Flag, ...] = ()
    counts: tuple[Count, ...] = ()

    def __post_init__(self) -> None:
        ordered = {
            name: in_order(self.tables.get(name, schema_of(name).empty_table()), info)
            for name, info in table_of_fields().items()
        }
        object.__setattr__(self, "tables", ordered)

    def as_of(self, day: dt.date) -> Known:
        """Known at the start of `day`: the only cut in time.

        Keeps ``known_on < day``, of each key the newest version, without withdrawn facts. A
        ``date`` that is not before `day` has not happened yet and is null; deadlines stay.
        """
        tables = {
            name: newest(self.tables[name], info, day) for name, info in table_of_fields().items()
        }
        return Known(day, tables, digest_of(day, tables))


def read_register(
    folder: Path,
    mapping: SourceMapping | None = None,
    progress: Progress | None = None,
    doubts: Mapping[str, Doubts] | None = None,
) -> Register:
    """The register in a folder: one or more files per table, named for the table.

    Bad rows are in `Register.rejected`; a missing table or column, or a file that cannot be
    read, raises `BadRegister`. Files a mapping names are read through it; tables it does not
    mention are looked for by name.

    progress
        Called after each column that has been read.
    doubts
        Table → what else is asked about each of its rows, such as whether a day is a workday.
    """
    if not folder.is_dir():
        code = "folder_wanted" if folder.exists() else "missing_file"
        raise BadRegister(code, file=folder.name)
    sources = list(mapping.sources) if mapping else []
    absent = set(mapping.absent) if mapping else set()
    fed = {source.table for source in sources} | absent
    for path in sorted(folder.iterdir()):
        info = table_named(path.stem)
        if path.suffix.lower() not in KINDS or path.name.startswith((".", "~$")):
            continue
        if info is not None and info.name not in fed:
            sources.append(Source(info.name, path.name))
        elif info is None and mapping is None:
            violations = table_of_fields()["violations"]
            raise BadRegister(
                "unknown_table", file=path.name, zh=violations.zh[0], table=violations.name
            )
    _require_tables({source.table for source in sources} | absent)
    step = _steps(sources, progress)
    return _assemble((_read(folder, source, step) for source in sources), doubts or {})


def register_from_tables(tables: Mapping[str, pd.DataFrame | pa.Table]) -> Register:
    """The register of tables in memory, with the same checks as files.

    Columns bear the names of ``fields.csv`` and its units, or Chinese headers.
    """
    _require_tables(set(tables))
    return _assemble(_rows_in_memory(name, table) for name, table in tables.items())


def _rows_in_memory(name: str, table: pd.DataFrame | pa.Table) -> Rows:
    if not isinstance(table, pa.Table):
        table = pa.Table.from_pandas(table, preserve_index=False)
    return _rows_of(Source(name, name), sheet_of(name, table), lambda _: None)


def _require_tables(names: set[str]) -> None:
    for info in table_of_fields().values():
        if info.is_required and info.name not in names:
            raise BadRegister("missing_table", table=info.name, zh=info.zh[0])


def _steps(sources: Sequence[Source], progress: Progress | None) -> Callable[[str], None]:
    total = sum(len(table_of_fields()[source.table].fields) for source in sources)
    done = count(1)
    return lambda what: progress(next(done), total, what) if progress else None


def _read(folder: Path, source: Source, step: Callable[[str], None]) -> Rows:
    path = (folder / source.file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadRegister("missing_file", file=source.file)
    info = table_of_fields()[source.table]

    def is_header(header: tuple[str, ...]) -> bool:
        if source.fields is None:
            return not missing_fields(info, fields_by_header(info, header))
        return source.columns <= set(header)

    sheet = read_sheet(path, is_header, sheet=source.sheet)
    if not sheet.header:
        raise BadRegister("empty_file", file=sheet.file)
    return _rows_of(source, sheet, step)


def _rows_of(source: Source, sheet: Sheet, step: Callable[[str], None]) -> Rows:
    info = table_of_fields()[source.table]
    fields = fields_by_header(info, sheet.header) if source.fields is None else source.fields
    for name in sorted(source.columns - set(sheet.header)):
        raise BadRegister("missing_column", file=sheet.file, column=name, zh=name)
    if source.fields is None:
        for field_ in missing_fields(info, fields):
            zh = field_.zh[0]
            raise BadRegister("missing_column", file=sheet.file, column=field_.name, zh=zh)
    return read_rows(info, source, sheet, fields, lambda: step(sheet.file))


def _assemble(sources: Iterable[Rows], doubts: Mapping[str, Doubts] = NO_DOUBTS) -> Register:
    """The sound rows of every source, once they have been held against each other."""
    by_table: dict[str, list[Rows]] = {name: [] for name in table_of_fields()}
    for rows in sources:
        by_table[rows.source.table].append(rows)
    tables: dict[str, pa.Table] = {}
    for name, info in table_of_fields().items():
        for rows in by_table[name]:
            reject_orphans(rows, info, tables)
            reject_pairs_of_one(rows)
            if name in doubts:
                rows.ask(doubts[name])
            if rows.source.is_distinct:
                rows.is_merged |= merge_versions(rows, info)
        reject_repeats(by_table[name], info)
        if name == "indicators":
            flag_rival_figures(by_table[name])
        sound = [rows.data.filter(pa.array(rows.is_sound)) for rows in by_table[name]]
        tables[name] = pa.concat_tables([schema_of(name).empty_table(), *sound])
    every = list(chain.from_iterable(by_table.values()))
    return Register(
        tables=tables,
        rejected=tuple(chain.from_iterable(map(_rejected, every))),
        flags=tuple(chain.from_iterable(map(_flags, every))),
        counts=tuple(map(_count, every)),
    )


def _rejected(rows: Rows) -> Iterator[Rejected]:
    sheet, table = rows.sheet, rows.source.table
    width = len(sheet.header)
    for line, cells in sheet.overlong.items():
        reason = sentence("too_many_cells", cells=len(cells), columns=width)
        whole = dict(zip(sheet.header, cells, strict=False)) | {"…": " ".join(cells[width:])}
        yield Rejected(sheet.file, table, line, "", whole["…"], reason, cells=whole)
    for row, (first, *more) in sorted(rows.flaws.items()):
        yield Rejected(
            file=sheet.file,
            table=table,
            row=int(sheet.lines[row]),
            field=first.field,
            value=first.value,
            reason=first.reason,
            more=tuple(flaw.reason for flaw in more),
            cells=sheet.row(row),
        )


def _flags(rows: Rows) -> Iterator[Flag]:
    info, sheet = table_of_fields()[rows.source.table], rows.sheet
    if rows.source.fields is None:
        read = columns_of(fields_by_header(info, sheet.header).values())
        if unread := "、".join(name for name in sheet.header if name and name not in read):
            reason = sentence("columns_not_read", value=unread)
            yield Flag(sheet.file, info.name, 1, "", unread, reason)
    if rows.assumed:
        reason = sentence("known_on_assumed", rows=rows.assumed)
        yield Flag(sheet.file, info.name, 1, "known_on", "", reason)
    doubtful = doubtful_codes(rows) if info.name == "enterprises" else iter(())
    for row, flaw in chain(doubtful, unknown_words(rows, info), rows.doubtful):
        line = int(sheet.lines[row])
        yield Flag(sheet.file, info.name, line, flaw.field, flaw.value, flaw.reason)


def _count(rows: Rows) -> Count:
    overlong = len(rows.sheet.overlong)
    return Count(
        file=rows.sheet.file,
        table=rows.source.table,
        read=rows.data.num_rows + rows.passed_over + overlong,
        stored=int(rows.is_sound.sum()),
        rejected=len(rows.flaws) + overlong,
        merged=int(rows.is_merged.sum()),
        passed_over=rows.passed_over,
    )
