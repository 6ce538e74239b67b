"""What does the text of one cell mean?

Full-width letters and digits, stray spaces, ``N/A`` or ``无``, several ways to write a date, units
behind a number: all of it is normal in an export and is read. What cannot be read raises
`CellError` with a sentence that says what is wrong and what mends it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType

from riskengine.errors import Sentence, sentence
from riskengine.fields import Field, field_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Value = str | int | float | bool | dt.date | None

FULL_WIDTH = {code: code - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ")
              for code in range(ord(first), ord(last) + 1)}  # fmt: skip
SPACES = dict.fromkeys([*range(32), 0x3000, 0xA0], " ") | dict.fromkeys([0xFEFF, 0x200B])
EMPTY = frozenset(
    {"", "-", "--", "—", "——", "－", "/", "\\", "*", "无", "空", "暂无", "n/a", "na", "#n/a", "nan"}
    | {"nat", "null", "none", "<na>"}
)
YES = _words("是 有 对 y yes t true 1 √ ✓ 属实 部分属实 查实 已撤销 撤销 已解除")
NO = _words("否 无 没有 n no f false 0 × 不属实 失实 未查实 查无实据 未撤销 未解除")
NO_END = frozenset({"长期", "长期有效", "永久", "永久有效"})

NUMBER = re.compile(r"([+-]?)[¥￥]?(\d+(?:\.\d*)?|\.\d+)(%|[^\d.%+-]{0,4})")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
COUNTED = _words("辆 台 人 名 位 次 起 件 条 家 座 分 学时 小时 秒 人次 次/车 辆次 h s")
UNITS = {"money": frozenset({"元", "万元"}), "rate": frozenset({"%"})}
"""Words that may stand behind a number; `COUNTED` for every type not named."""
MEASURED = frozenset({"s", "h", "point"})
"""Units whose counts are measurements: a fraction is rounded. People and vehicles are whole."""
GREATEST = 2**63 - 1

DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?)(?:[ T].*)?")
COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
MONTH = re.compile(r"(\d{4})(?:[-/.](\d{1,2})|年(\d{1,2})月(?:份)?|(\d{2}))")
SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
SERIAL_ORIGIN = dt.date(1899, 12, 30)
YEARS = (1900, 2199)
BY_MONTH = frozenset({("monitoring", "occurred_on")})
"""Fields that may give a month, which then means its last day."""

CLOCK = re.compile(r"(\d{1,2})(?:[:时点](\d{1,2})?分?(?::00)?)")
PART_OF_A_DAY = re.compile(r"0?\.\d+")
"""A time of day as a spreadsheet stores it: 0.395833 is 09:30."""
DAY_MINUTES = 24 * 60

SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")
CREDIT_CODE = re.compile(r"[0-9A-Za-z]{18}")


class CellError(ValueError):
    """The text of a cell means nothing that its field could hold."""

    def __init__(self, code: str, **facts: object) -> None:
        self.reason: Sentence = sentence(code, **facts)
        super().__init__(str(self.reason))


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one column are to be read, where it is not the usual way.

    translate
        Word of the file → word of the register; `otherwise` stands for every other word.
    date_format
        A ``strptime`` format that replaces the usual ways to write a date.
    days
        The day in the file is moved by so many days.
    scale
        The number in the file is multiplied by this to give the unit of the field.
    is_in_unit
        The number already stands in the unit of the field (9855, not 98.55 %).
    steps
        Ascending (number at least, word): the word of the highest step that the number reaches.
    """

    translate: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    otherwise: str | None = None
    date_format: str | None = None
    days: int = 0
    scale: Decimal | None = None
    is_in_unit: bool = False
    steps: tuple[tuple[Decimal, str], ...] = ()


AS_USUAL = Reading()


def stepped(text: str, steps: tuple[tuple[Decimal, str], ...]) -> str:
    """The word of the highest step that a number reaches; any other text as it is.

    >>> stepped("72", ((Decimal(0), "fail"), (Decimal(60), "pass")))
    'pass'
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if number.is_nan():
        return text
    return next((word for least, word in reversed(steps) if number >= least), text)


def clean(text: str) -> str:
    """Full-width letters, digits and spaces made plain, ends trimmed; brackets stay as they are.

    >>> clean("　ＡＢ１２（示例） ")
    'AB12（示例）'
    """
    return text.translate(SPACES).translate(FULL_WIDTH).strip()


def without_spaces(text: str) -> str:
    """The text as identities are compared: brackets made plain as well, no spaces."""
    return unicodedata.normalize("NFKC", text).replace(" ", "")


def is_empty(text: str) -> bool:
    """Does the text say that there is nothing to say?"""
    return clean(text).lower() in EMPTY


def value_of(text: str, field: Field, reading: Reading = AS_USUAL) -> Value:
    """What the text of a cell means in `field`; None is an empty cell.

    >>> value_of("２０００元", field_of("violations", "fine_cny"))
    2000
    >>> value_of("98.55%", field_of("monitoring", "online_rate_bp"))
    9855
    >>> value_of("2026年1月5日", field_of("violations", "occurred_on"))
    datetime.date(2026, 1, 5)
    >>> value_of("9时30分", field_of("visiting_hours", "begin_from_minute"))
    570
    """
    text = clean(text)
    if reading.steps:
        text = stepped(text, reading.steps)
    if reading.translate:
        text = reading.translate.get(
            text, text if reading.otherwise is None or is_empty(text) else reading.otherwise
        )
    if field.type not in SAYS_NOTHING_ITSELF and text.lower() in EMPTY:
        return None
    return READERS[field.type](text, field, reading)


def _text(text: str, field: Field, reading: Reading) -> str:
    return text


def _id(text: str, field: Field, reading: Reading) -> str:
    """An identity: no inner spaces, no spreadsheet apostrophe, credit codes in capitals."""
    text = without_spaces(text).lstrip("'")
    if SCIENTIFIC.fullmatch(text):
        raise CellError("number_destroyed", value=text)
    text = re.sub(r"(?<=^\d)(\d*)\.0+$", r"\1", text)
    return text.upper() if CREDIT_CODE.fullmatch(text) else text


def _category(text: str, field: Field, reading: Reading) -> str:
    return field.values.get(text, text)


def _code(text: str, field: Field, reading: Reading) -> str | None:
    code = field.values.get(text, text.lower())
    if code in field.values.values():
        return code
    if text.lower() in EMPTY:
        return None
    raise CellError("unknown_code", value=text, known="、".join(field.values))


def _list(text: str, field: Field, reading: Reading) -> str | None:
    """Words in any order and with any separator, translated like the sectors of enterprises."""
    sectors = field_of("enterprises", "sector").values
    words = {clean(word) for word in re.split(r"[;；、,，/|]", text)}
    return ";".join(sorted(sectors.get(word, word) for word in words if word)) or None


def _bool(text: str, field: Field, reading: Reading) -> bool | None:
    word = text.lower()
    if word in YES or word in NO:
        return word in YES
    if word in EMPTY:
        return None
    raise CellError("not_yes_or_no", value=text)


def _date(text: str, field: Field, reading: Reading) -> dt.date:
    day = _day(unicodedata.normalize("NFKC", text), field, reading)
    first, last = YEARS
    if day == dt.date.max:
        return day
    if first <= day.year <= last:
        return day + dt.timedelta(days=reading.days)
    raise CellError("impossible_date", value=text)


def _day(text: str, field: Field, reading: Reading) -> dt.date:
    if reading.date_format:
        return _moment(text, reading.date_format)
    try:
        for pattern in (DATE, COMPACT_DATE):
            if found := pattern.fullmatch(text):
                year, month, day = (int(part) for part in found.groups() if part)
                return dt.date(year, month, day)
        if (field.table, field.name) in BY_MONTH and (found := MONTH.fullmatch(text)):
            year, month = (int(part) for part in found.groups() if part)
            return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
    except ValueError:
        raise CellError("impossible_date", value=text) from None
    if SERIAL.fullmatch(text):
        return SERIAL_ORIGIN + dt.timedelta(days=int(Decimal(text)))
    if field.type == "deadline" and text in NO_END:
        return dt.date.max
    raise CellError("not_a_date", value=text)


def _moment(text: str, date_format: str) -> dt.date:
    """The day of a text in a foreign format; the zone, if any, is the file's own."""
    try:
        return dt.datetime.strptime(text, date_format).date()  # noqa: DTZ007
    except ValueError:
        raise CellError("not_in_date_format", value=text, date_format=date_format) from None


def _count(text: str, field: Field, reading: Reading) -> int:
    number = _number(text, field, reading)
    return _rounded(number, text) if field.unit in MEASURED else _whole(number, text)


def _money(text: str, field: Field, reading: Reading) -> int:
    return _rounded(_number(text, field, reading), text)


def _milli(text: str, field: Field, reading: Reading) -> int:
    number = _number(text, field, reading)
    if reading.is_in_unit:
        return _whole(number, text)
    thousandths = number * (1 if reading.scale else 1000)
    # a figure in a unit nobody chose would be lost; too few speedings per vehicle are none
    if field.table == "indicators" and not reading.scale and 0 < thousandths < 1:
        raise CellError("too_small", value=text)
    return _rounded(thousandths, text)


def _rate(text: str, field: Field, reading: Reading) -> int:
    """A share in basis points: 98.55%, 98.55 and 0.9855 are the same; 1 is all of it."""
    number = _number(text, field, reading)
    if text.endswith(("%", "％")):
        basis_points = _rounded(number * 100, text)
    elif reading.is_in_unit:
        basis_points = _whole(number, text)
    else:
        factor = 1 if reading.scale else 10_000 if number <= 1 else 100
        basis_points = _rounded(number * factor, text)
    if basis_points > 10_000:
        raise CellError("more_than_all", value=text)
    return basis_points


def _clock(text: str, field: Field, reading: Reading) -> int:
    """Minutes from midnight: 9:30, 09:30:00 and 9时30分 are the same."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if found := CLOCK.fullmatch(plain):
        hour, minute = int(found[1]), int(found[2] or 0)
        minutes = hour * 60 + minute if minute < 60 else DAY_MINUTES + 1
    elif PART_OF_A_DAY.fullmatch(plain):
        minutes = _rounded(Decimal(plain) * DAY_MINUTES, text)
    elif reading.is_in_unit:
        minutes = _whole(_number(text, field, reading), text)
    else:
        raise CellError("not_a_clock", value=text)
    if minutes > DAY_MINUTES:
        raise CellError("not_a_clock", value=text)
    return minutes


def _degrees(text: str, field: Field, reading: Reading) -> float:
    """Decimal degrees, kept to the seventh decimal (a centimetre)."""
    match = NUMBER.fullmatch(unicodedata.normalize("NFKC", text).rstrip("°"))
    most = 180 if field.name.endswith("longitude") else 90
    degrees = float(match[1] + match[2]) if match and not match[3] else None
    if degrees is None:
        raise CellError("not_a_number", value=text)
    if abs(degrees) > most:
        raise CellError("not_on_earth", value=text, most=most)
    return round(degrees, 7) + 0.0


def _number(text: str, field: Field, reading: Reading) -> Decimal:
    plain = THOUSANDS.sub("", unicodedata.normalize("NFKC", text)).replace(" ", "")
    match = NUMBER.fullmatch(plain)
    if match is None or match[3] not in UNITS.get(field.type, COUNTED) | {""}:
        raise CellError("not_a_number", value=text)
    number = Decimal(match[2]) * (10_000 if match[3] == "万元" else 1)
    if match[1] == "-" and number:
        raise CellError("negative", value=text)
    return number * (reading.scale or 1)


def _whole(number: Decimal, text: str) -> int:
    if number != number.to_integral_value():
        raise CellError("not_a_whole_number", value=text)
    return _rounded(number, text)


def _rounded(number: Decimal, text: str) -> int:
    whole = int(number.to_integral_value(ROUND_HALF_UP))
    if whole > GREATEST:
        raise CellError("too_large", value=text)
    return whole


SAYS_NOTHING_ITSELF = frozenset({"code", "bool"})
"""Types where 无 may be a word of the field: 后续处置 无, 是否阻挠 无."""

READERS: dict[str, Callable[[str, Field, Reading], Value]] = {
    "id": _id,
    "text": _text,
    "category": _category,
    "code": _code,
    "list": _list,
    "date": _date,
    "deadline": _date,
    "count": _count,
    "money": _money,
    "milli": _milli,
    "rate": _rate,
    "clock": _clock,
    "degrees": _degrees,
    "bool": _bool,
}
