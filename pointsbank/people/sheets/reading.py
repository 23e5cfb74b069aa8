"""Making sense of a roster as villages keep it: each row becomes an entry, or is refused at its cell."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.names import clean_name
from pointsbank.foundation.spreadsheets import RefusedRow, SheetRow, read_sheet
from pointsbank.foundation.texts import clean_text
from pointsbank.people.models import Residence, Sex
from pointsbank.people.services.residents import ResidentDetails, checked
from pointsbank.people.services.values import (
    HEAD,
    RELATION_LENGTH_MAX,
    check_group,
    clean_number,
    clean_paid_post,
    clean_phone,
    number_key,
    parse_group_number,
    parse_id_number,
)
from pointsbank.people.sheets.columns import (
    BORN_ON,
    COLUMN_OF,
    GROUP,
    HEAD_NAME,
    ID_NUMBER,
    NAME,
    NOTE,
    NUMBER,
    PAID_POST,
    PARTY,
    PHONE,
    RELATION,
    RESIDENCE,
    ROSTER_COLUMNS,
    SEX,
)

SEX_WORDS = {"男": Sex.MALE, "男性": Sex.MALE, "女": Sex.FEMALE, "女性": Sex.FEMALE}
RESIDENCE_WORDS = {
    Residence.RESIDENT: ("常住", "在家", "在村", "在户", "长住", "常住人口", "常年在家"),
    Residence.AWAY: (
        "外出", "外出务工", "务工", "打工", "外出打工", "在外", "外地", "常年外出", "外出求学", "在外务工", "在外读书",
    ),
    Residence.REGISTERED_ONLY: ("空挂", "空挂户", "人户分离", "户在人不在", "空户"),
    Residence.INSTITUTION: ("集中供养", "五保集中供养", "特困集中供养", "敬老院", "养老院", "福利院"),
}  # fmt: skip
_RESIDENCES = {word: residence for residence, words in RESIDENCE_WORDS.items() for word in words}
PARTY_WORDS = {
    True: ("是", "√", "✓", "✔", "有", "y", "党员", "中共党员", "正式党员", "预备党员", "中共预备党员"),
    False: ("否", "×", "✗", "不是", "无", "非党员", "n", "群众", "团员", "共青团员", "无党派", "民主党派"),
}
_PARTY = {word: party for party, words in PARTY_WORDS.items() for word in words}
HEAD_WORDS = ("户主", "本人", "户主本人", "本人(户主)")
NUMBER_CELL_MAX = 10**15  # a spreadsheet keeps 15 digits of a number; from here on the last ones are lost

# What begins a row that is signed, dated or a remark, and is about nobody.
_SIGNATURE = re.compile(
    "(?:本?村|单位|主要)?(?:制表|填表|填报|统计|登记|报送|审核|审批|审定|复核|经办|负责)(?:人|员|单位|日期|时间)"
    "|(?:日期|时间|签字|签名|盖章|公章|单位|制表|填表|审核|审批|复核|经办|说明|备注|注)[:(]"
)
_NOT_A_VILLAGER = "不是村民的行（说明、签字），请从表里删去。"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that could be read.

    details hold what the row says; which of them it says at all is in given (a blank cell says nothing).
    id_mask: a masked ID number, as an export writes it. born_in_month: only the month of birth is known.
    """

    row: int
    number: str
    group_number: int | None
    head_name: str
    details: ResidentDetails
    given: frozenset[str]
    id_mask: str = ""
    born_in_month: bool = False

    @property
    def household_key(self) -> str:
        """What two spellings of one household number have in common."""
        return number_key(self.number)

    @property
    def is_head(self) -> bool:
        """Whether this person is the household's head."""
        return self.details.relation == HEAD


@dataclass
class RosterFile:
    """A roster as read: entries in order, and what was refused."""

    entries: list[Entry] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)


@dataclass
class _RowReader:
    """Reads one row's cells; what is wrong is collected, so that all of it is told at once."""

    row: SheetRow
    refused: list[RefusedRow] = field(default_factory=list)

    def take(self, column: str, parse: Callable[[str], T]) -> T | None:
        """A cell read by a function; None when it is blank or refused."""
        text = self.row.text(column)
        if not text:
            return None
        try:
            return parse(text)
        except InvalidInputError as wrong:
            self.refuse(column, wrong.message)
            return None

    def refuse(self, column: str, reason: str) -> None:
        """Note what is wrong with a cell."""
        self.refused.append(RefusedRow(self.row.number, column, reason))


def read_roster(content: bytes, *, with_id_numbers: bool, with_party: bool) -> RosterFile:
    """Read a roster. Without the two flags the columns 身份证号 and 党员 are not even looked at.

    Raises what read_sheet raises for a file that is none.
    """
    result = RosterFile()
    above: Entry | None = None
    first_of: dict[str, Entry] = {}  # the first row of each household, whose merged cells the others have blank
    for row in read_sheet(content, ROSTER_COLUMNS):
        if _is_signature(row):
            continue
        reader = _RowReader(row)
        entry = _read_row(reader, above, first_of, with_id_numbers=with_id_numbers, with_party=with_party)
        result.refused.extend(reader.refused)
        if entry is not None:
            above = entry
            first_of.setdefault(entry.household_key, entry)
            if not reader.refused:
                result.entries.append(entry)
    return result


def _read_row(
    reader: _RowReader, above: Entry | None, first_of: dict[str, Entry], *, with_id_numbers: bool, with_party: bool
) -> Entry | None:
    number = _number(reader, above)
    if number is None:
        return None
    entry = _household_part(reader, number, first_of.get(number_key(number)))
    name = reader.take(NAME, clean_name)
    if name is None and not reader.row.text(NAME):
        reader.refuse(NAME, f"姓名不能空着。{_NOT_A_VILLAGER}")
    details = ResidentDetails(
        name=name or "",
        relation=reader.take(RELATION, _relation) or "",
        sex=reader.take(SEX, _sex),
        phone=reader.take(PHONE, clean_phone) or "",
        residence=reader.take(RESIDENCE, _residence) or Residence.RESIDENT,
        party_member=reader.take(PARTY, _party_member) if with_party else None,
        note=reader.row.text(NOTE),
        paid_post=reader.take(PAID_POST, clean_paid_post) or "",
    )
    born_on, in_month = _born_on(reader)
    id_text = reader.row.text(ID_NUMBER) if with_id_numbers else ""
    entry = replace(entry, details=_with_head(reader, entry.head_name, details), born_in_month=in_month)
    entry = replace(entry, given=_given(reader.row, with_party=with_party))
    return _with_birth_and_id(reader, entry, born_on, id_text)


def _is_signature(row: SheetRow) -> bool:
    """Whether a row is signed or dated by who made the sheet, by what its first filled cell begins with."""
    column = next((column for column in row.cells if row.text(column)), "")
    return column in (NUMBER, GROUP, HEAD_NAME, NAME) and _SIGNATURE.match(_plain(row.text(column))) is not None


def _number(reader: _RowReader, above: Entry | None) -> str | None:
    """The household number of a row, or that of the merged cell it belongs to; None when it is refused."""
    row = reader.row
    if isinstance(row.cells.get(NUMBER), datetime):
        reader.refuse(NUMBER, "户编号被表格变成了日期。请把这一列改成“文本”格式，再重填，例如 03-012。")
        return None
    if row.text(NUMBER):
        return reader.take(NUMBER, clean_number)
    if not row.text(NAME):
        reader.refuse("", f"没有户编号，也没有姓名。{_NOT_A_VILLAGER}")
        return None
    # A cell merged over a family leaves number and head of its other rows blank. Anything else is a gap: to guess
    # there would put a person into the neighbours' household.
    begins = _plain(row.text(RELATION)) in HEAD_WORDS
    if above is not None and above.row + 1 == row.number and not row.text(HEAD_NAME) and not begins:
        return above.number
    reader.refuse(NUMBER, f"缺户编号，请补上。{_NOT_A_VILLAGER}")
    return None


def _household_part(reader: _RowReader, number: str, first: Entry | None) -> Entry:
    """Number, group and head; blank cells are those of the household's first row, others must agree with it."""
    group_number = reader.take(GROUP, parse_group_number)
    head_name = reader.take(HEAD_NAME, lambda text: clean_name(text, what="户主")) or ""
    if group_number is not None:
        try:
            check_group(number, group_number)
        except InvalidInputError as wrong:
            reader.refuse(GROUP, wrong.message)
    if first is not None:
        if group_number is not None and first.group_number not in (None, group_number):
            reader.refuse(GROUP, f"同一户前面（第 {first.row} 行）写的是 {first.group_number} 组，请统一。")
        if head_name and first.head_name not in ("", head_name):
            reader.refuse(HEAD_NAME, f"同一户前面（第 {first.row} 行）写的户主是{first.head_name}，请统一。")
        group_number, head_name = group_number or first.group_number, head_name or first.head_name
    return Entry(reader.row.number, number, group_number, head_name, ResidentDetails(""), frozenset())


def _with_head(reader: _RowReader, head_name: str, details: ResidentDetails) -> ResidentDetails:
    """Let the columns 户主 and 与户主关系 agree: whoever bears the head's name and no other relation is the head."""
    if details.relation == HEAD and head_name and details.name and details.name != head_name:
        reader.refuse(RELATION, f"“户主”一列写的是{head_name}，这里又写{details.name}是户主，请核对。")
    if not details.relation and details.name and details.name == head_name:
        return replace(details, relation=HEAD)
    return details


def _with_birth_and_id(reader: _RowReader, entry: Entry, born_on: date | None, id_text: str) -> Entry:
    """Let ID number, birth date and sex agree; what the ID number tells is filled in."""
    details = replace(entry.details, born_on=born_on)
    if "*" in id_text:
        return replace(entry, details=details, id_mask=id_text)
    cell = reader.row.cells.get(ID_NUMBER)
    if id_text and isinstance(cell, int | float) and abs(cell) >= NUMBER_CELL_MAX:
        reader.refuse(ID_NUMBER, "这一列被表格存成了数字，后几位已经丢了：请改成“文本”格式重填。")
    elif id_text:
        told = reader.take(ID_NUMBER, parse_id_number)
        if told is not None:
            if born_on is not None and entry.born_in_month and born_on == told.born_on.replace(day=1):
                details = replace(details, born_on=None)
                entry = replace(entry, born_in_month=False)
            details = replace(details, id_number=told.number)
            entry = replace(entry, given=entry.given | {"born_on", "sex"})
    if details.name and not reader.refused:
        try:
            details = checked(details)
        except InvalidInputError as wrong:
            reader.refuse(COLUMN_OF[wrong.field or "name"], wrong.message)
    return replace(entry, details=details)


def _born_on(reader: _RowReader) -> tuple[date | None, bool]:
    """The day of birth, and whether only its month is known: then it is the month's first day."""
    try:
        return reader.row.day(BORN_ON), False
    except InvalidInputError:
        pass  # perhaps a month
    try:
        return reader.row.day(BORN_ON, month_is_enough=True), True
    except InvalidInputError as wrong:
        reader.refuse(BORN_ON, wrong.message)
        return None, False


def _given(row: SheetRow, *, with_party: bool) -> frozenset[str]:
    """The details that the row says something of."""
    cells = {"sex": SEX, "born_on": BORN_ON, "phone": PHONE, "residence": RESIDENCE, "note": NOTE, "relation": RELATION}
    cells["paid_post"] = PAID_POST
    if with_party:
        cells["party_member"] = PARTY
    return frozenset(name for name, column in cells.items() if row.text(column)) | {"name"}


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def _relation(text: str) -> str:
    if _plain(text) in HEAD_WORDS:
        return HEAD
    return clean_text("".join(text.split()), what="与户主关系", length_max=RELATION_LENGTH_MAX)


def _sex(text: str) -> Sex:
    sex = SEX_WORDS.get(_plain(text))
    if sex is None:
        raise InvalidInputError("性别请填“男”或“女”。")
    return sex


def _residence(text: str) -> Residence:
    residence = _RESIDENCES.get(_plain(text))
    if residence is None:
        raise InvalidInputError("居住状态请填：常住、外出、空挂或集中供养。")
    return residence


def _party_member(text: str) -> bool:
    party = _PARTY.get(_plain(text))
    if party is None:
        raise InvalidInputError("党员请填“是”或“否”。")
    return party
