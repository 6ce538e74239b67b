"""Which rows repeat or contradict each other, or speak of something that is not there?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from stdnum.cn import uscc

from riskengine.cells import CREDIT_CODE, without_spaces
from riskengine.errors import Sentence, sentence
from riskengine.fields import TableInfo, table_of_fields
from riskengine.rows import Flaw, Mask, Rows, row_digests

CODE_LIKE = re.compile(r"[a-z][a-z0-9_]*")
REFERS_TO = {
    "enterprise_id": ("enterprises", "enterprise_id"),
    "inspector_id": ("inspectors", "inspector_id"),
    "other_id": ("inspectors", "inspector_id"),
    "plate": ("vehicles_pool", "plate"),
}
"""Column → the table and the column it speaks of."""
Place = tuple[int, int]
"""Which source, and which of its rows."""


def reject_orphans(rows: Rows, info: TableInfo, accepted: dict[str, pa.Table]) -> None:
    """Rows must speak of enterprises and officers that are in the register."""
    for name, (table, key) in REFERS_TO.items():
        if name not in rows.data.column_names or table == info.name:
            continue
        column = rows.data[name]
        known = pc.is_in(column, value_set=accepted[table][key].combine_chunks())
        orphans = np.flatnonzero(~known.to_numpy() & column.is_valid().to_numpy())
        numbers = _numbers_by_name(accepted[table], key) if len(orphans) else {}
        for row in orphans:
            value = column[int(row)].as_py()
            reason = _orphan(value, table, numbers.get(value, set()))
            rows.reject(int(row), Flaw(name, value, reason))


def _numbers_by_name(accepted: pa.Table, key: str) -> dict[str, set[str]]:
    """Who ever bore a name, written as an identity would be; tables without names have none."""
    numbers: dict[str, set[str]] = defaultdict(set)
    if "name" in accepted.column_names:
        for name, number in zip(*(accepted[n].to_pylist() for n in ("name", key)), strict=True):
            numbers[without_spaces(name)].add(number)
    return numbers


def _orphan(value: str, table: str, numbers: set[str]) -> Sentence:
    """Why nobody has that number; where it is the name of just one, with the number of that one."""
    facts = {"value": value, "zh": table_of_fields()[table].zh[0], "table": table}
    if len(numbers) == 1:
        return sentence("orphan_by_name", **facts, known=next(iter(numbers)))
    return sentence("orphan", **facts)


def reject_pairs_of_one(rows: Rows) -> None:
    """Nobody goes on a route with himself or herself anyway."""
    if "other_id" not in rows.data.column_names:
        return
    same = pc.fill_null(pc.equal(rows.data["inspector_id"], rows.data["other_id"]), False)
    for row in np.flatnonzero(same.to_numpy()):
        value = rows.data["other_id"][int(row)].as_py()
        rows.reject(int(row), Flaw("other_id", value, sentence("pair_of_one", value=value)))


def reject_repeats(sources: Sequence[Rows], info: TableInfo) -> None:
    """Of equal rows the first stays; rows that contradict each other all go.

    Two rows contradict each other when they share key and ``known_on`` and differ elsewhere:
    whichever were kept, the order of the rows would have decided.
    """
    for places in _alike(sources, (*info.key, "known_on")):
        contents: dict[tuple[object, ...], list[Place]] = defaultdict(list)
        for place in places:
            contents[_row_at(sources, place)].append(place)
        for first, *repeats in contents.values():
            for place in repeats:
                _reject(sources, info, place, "duplicate", first)
        firsts = [same[0] for same in contents.values()]
        for place in firsts if len(firsts) > 1 else []:
            other = firsts[1] if place == firsts[0] else firsts[0]
            _reject(sources, info, place, "contradiction", other)


def key_and_day(data: pa.Table, info: TableInfo) -> pa.Array:
    """Key and ``known_on`` of every row in one text: what no two stored rows may share."""
    return _joined(data, (*info.key, "known_on"))


def _joined(data: pa.Table, names: Sequence[str]) -> pa.Array:
    cells = (data[name].cast(pa.string()) for name in names)
    return pc.binary_join_element_wise(*cells, "\x1f").combine_chunks()


def flag_rival_figures(sources: Sequence[Rows]) -> None:
    """Different figures of one enterprise, day and name are doubtful: their mean will count."""
    reason = sentence("rival_figures")
    for places in _alike(sources, ("enterprise_id", "occurred_on", "name")):
        figures = _standing_figures(sources, places)
        if len(set(figures.values())) > 1:
            for (source, row), figure in figures.items():
                flaw = Flaw("value_milli", str(Decimal(figure) / 1000), reason)
                sources[source].doubtful.append((row, flaw))


def _standing_figures(sources: Sequence[Rows], places: list[Place]) -> dict[Place, int]:
    """The figures that count at last: of each number the newest version, unless withdrawn."""
    rows = {place: sources[place[0]].data.slice(place[1], 1).to_pylist()[0] for place in places}
    oldest_first = sorted(places, key=lambda place: rows[place]["known_on"])
    last = {rows[place]["fact_id"]: place for place in oldest_first}
    standing = (place for place in last.values() if not rows[place]["withdrawn"])
    return {place: rows[place]["value_milli"] for place in standing}


def _alike(sources: Sequence[Rows], names: Sequence[str]) -> Iterator[list[Place]]:
    """Groups of two or more sound rows that say the same under these names."""
    good = [np.flatnonzero(rows.is_sound) for rows in sources]
    texts = [_joined(rows.data.take(kept), names) for rows, kept in zip(sources, good, strict=True)]
    codes = pa.chunked_array(texts, pa.string()).combine_chunks().dictionary_encode().indices
    numbers = codes.to_numpy(zero_copy_only=False)
    is_shared = np.bincount(numbers)[numbers] > 1 if len(numbers) else np.zeros(0, dtype=bool)
    source_of = np.repeat(np.arange(len(good)), [len(kept) for kept in good])
    row_of = np.concatenate(good) if good else np.zeros(0, dtype=np.int64)
    groups: dict[int, list[Place]] = defaultdict(list)
    for at in np.flatnonzero(is_shared):
        groups[int(numbers[at])].append((int(source_of[at]), int(row_of[at])))
    yield from groups.values()


def _row_at(sources: Sequence[Rows], place: Place) -> tuple[object, ...]:
    source, row = place
    return tuple(column[row].as_py() for column in sources[source].data.columns)


def _reject(
    sources: Sequence[Rows], info: TableInfo, place: Place, code: str, other: Place
) -> None:
    rows, row = sources[place[0]], place[1]
    other_rows = sources[other[0]]
    reason = sentence(code, file=other_rows.sheet.file, row=int(other_rows.sheet.lines[other[1]]))
    rows.reject(row, Flaw(info.key[-1], str(rows.data[info.key[-1]][row]), reason))


def merge_versions(rows: Rows, info: TableInfo) -> Mask:
    """Rows that repeat what their source says already (``distinct: true``).

    Per key and ``known_on`` one row stays (the greatest by contents, so that order does not
    decide), and of those only the ones that say something new.
    """
    data = rows.data
    is_merged = np.zeros(data.num_rows, dtype=bool)
    says = np.array(row_digests(data, leave_out=("known_on",)), dtype=str)
    days = data["known_on"].cast(pa.int32()).to_numpy()
    joined = pc.binary_join_element_wise(*(data[name] for name in info.key), "\x1f")
    keys = joined.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()

    order = np.lexsort((says, days, keys))
    order = order[rows.is_sound[order]]
    this, following = order[:-1], order[1:]
    is_merged[this[(keys[this] == keys[following]) & (days[this] == days[following])]] = True
    order = order[~is_merged[order]]
    this, following = order[:-1], order[1:]
    is_merged[following[(keys[this] == keys[following]) & (says[this] == says[following])]] = True
    return is_merged


def doubtful_codes(rows: Rows) -> Iterator[tuple[int, Flaw]]:
    """Rows whose unified social credit code has a wrong check digit (GB 32100)."""
    for row in np.flatnonzero(rows.is_sound):
        code = rows.data["enterprise_id"][int(row)].as_py()
        if CREDIT_CODE.fullmatch(code) and not uscc.is_valid(code):
            reason = sentence("invalid_credit_code", value=code)
            yield int(row), Flaw("enterprise_id", code, reason)


def unknown_words(rows: Rows, info: TableInfo) -> Iterator[tuple[int, Flaw]]:
    """The first row of every word that its category's dictionary does not hold."""
    for field in info.fields:
        if field.type != "category":
            continue
        column = rows.data[field.name].combine_chunks().filter(pa.array(rows.is_sound))
        places = np.flatnonzero(rows.is_sound)
        for word in pc.unique(column).drop_null().to_pylist():
            if not CODE_LIKE.fullmatch(word):
                row = int(places[pc.index(column, word).as_py()])
                reason = sentence(
                    "word_not_in_dictionary", value=word, zh=field.zh[0], field=field.name
                )
                yield row, Flaw(field.name, word, reason)
