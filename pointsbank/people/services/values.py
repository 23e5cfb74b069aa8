"""What a household number, a group, a phone or an ID number must look like, from a form and from a file alike."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.texts import clean_text
from pointsbank.people.models import Residence, Sex
from pointsbank.places.services import GROUP_NUMBER_MAX

HEAD = "户主"
FORMER_HEAD = "原户主"  # of a head whom a later roster no longer calls so
NUMBER_LENGTH_MAX = 20
RELATION_LENGTH_MAX = 20
PINYIN_LENGTH_MAX = 200  # what the column of the search holds
NOTE_LENGTH_MAX = 200
YEAR_MIN = 1900

RESIDENCE_NAMES = {
    Residence.RESIDENT: "常住",
    Residence.AWAY: "外出",
    Residence.REGISTERED_ONLY: "空挂",
    Residence.INSTITUTION: "集中供养",
}
SEX_NAMES = {Sex.MALE: "男", Sex.FEMALE: "女"}
CADRE_POST = "村干部"  # also of a community; whose household the policy treats apart
PAID_POSTS = (CADRE_POST, "网格员", "护林员", "保洁员", "公益性岗位")
PAID_POST_LENGTH_MAX = 20
_CADRE_WORDS = frozenset({"社区干部", "村社干部", "两委干部", "村两委", "村“两委”", "村“两委”干部", "村两委干部"})
_NO_POST_WORDS = frozenset({"无", "没有", "否", "-", "—", "/"})

_DASHES = re.compile("[－—–‐‑_~～]+")
_NUMBER = re.compile(r"[0-9A-Za-z\u4e00-\u9fff]+(?:-[0-9A-Za-z\u4e00-\u9fff]+)*")
_GROUP = re.compile(r"第?([0-9]{1,3}|[一二三四五六七八九十]{1,3})(?:村民|居民)?(?:小组|组|社|队)?")
_GROUP_WORDS = "第?([0-9]{1,3}|[一二三四五六七八九十]{1,3})(?:村民|居民)?(?:小组|组|社|队)"
_DOOR = re.compile(f"(?:{_GROUP_WORDS}-?|([0-9]{{1,3}})-)第?([0-9]{{1,6}}|[一二三四五六七八九十]{{1,3}})(?:号|户)?")
_DOOR_BEGUN = re.compile(
    f"(?:{_GROUP_WORDS}-?|([0-9]{{1,3}})-)第?([0-9]{{0,6}}|[一二三四五六七八九十]{{1,3}})(?:号|户)?"
)
_PHONE = re.compile(r"0[0-9]{2,3}-[0-9]{7,8}|[0-9]{7,15}")
_SHORT_PHONE = re.compile(r"[0-9]{1,6}")
_CHINESE_DIGITS = "零一二三四五六七八九"

Door = tuple[int, int]  # the number of a group and of a household within it


def _squeezed(text: str) -> str:
    """Full-width characters made plain, without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def clean_number(text: str, *, field: str = "number") -> str:
    """A household number as it is stored. Raises InvalidInputError.

    Whatever names group and household (3-12, 3组12号, 三组-12号, ０３－０１２) is stored as 03-012; other codes, such
    as 511028001 or A-12, as they are written.
    """
    number = plain_number(text)
    if not number:
        raise InvalidInputError("户编号不能空着。", field=field)
    if len(number) > NUMBER_LENGTH_MAX or _NUMBER.fullmatch(number) is None:
        raise InvalidInputError(f"户编号只能写数字、字母、汉字和短横线，最多 {NUMBER_LENGTH_MAX} 个字。", field=field)
    door = door_of(number)
    if door is not None:
        return f"{door[0]:02d}-{door[1]:03d}"
    if not any("0" <= character <= "9" for character in number):
        raise InvalidInputError("户编号里要有数字，例如 03-012 或 3组12号。没有门牌的户，请给它编一个号。", field=field)
    return number


def plain_number(text: str) -> str:
    """A household number as typed, full-width characters and every kind of dash made plain, without white space."""
    return _DASHES.sub("-", _squeezed(text))


@lru_cache(maxsize=16_384)  # a search reads the number of each household of the village
def door_of(number: str) -> Door | None:
    """Group and household that a number names, both at least 1; None for codes that do not name them."""
    return _door_matched(_DOOR.fullmatch(plain_number(number)))


def door_begun(text: str) -> tuple[int, str] | None:
    """The group, and as much of the household's number as is typed, of what begins like a door: 3-, 3组, 3组1."""
    match = _DOOR_BEGUN.fullmatch(plain_number(text))
    group = _number_of(match[1] or match[2]) if match else 0
    if match is None or not 1 <= group <= GROUP_NUMBER_MAX:
        return None
    return group, match[3] if match[3].isascii() else str(_number_of(match[3]))


def _door_matched(match: re.Match[str] | None) -> Door | None:
    if match is None:
        return None
    group, house = _number_of(match[1] or match[2]), _number_of(match[3])
    return (group, house) if 1 <= group <= GROUP_NUMBER_MAX and house >= 1 else None


def doors_in(digits: str) -> list[Door]:
    """What digits without a dash may name: 203 is household 3 of group 2, or 3 of group 20; 0203 the former only."""
    doors = []
    for at in range(1, min(3, len(digits) - 1) + 1):
        written_so = digits[0] != "0" or at == 2  # 02 is written for group 2, 020 for none
        door = door_of(f"{digits[:at]}-{digits[at:]}") if written_so else None
        if door is not None:
            doors.append(door)
    return doors


@lru_cache(maxsize=16_384)
def number_key(number: str) -> str:
    """What makes two spellings the same number: 03-012 and 3组12号, or 0312 and 312 as a spreadsheet keeps it."""
    door = door_of(number)
    if door is not None:
        return f"{door[0]}-{door[1]}"
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", plain_number(number)).upper()


def check_group(number: str, group_number: int, *, field: str = "group") -> None:
    """Refuse a household number that names another group than the household is in. Raises InvalidInputError."""
    door = door_of(number)
    if door is not None and door[0] != group_number:
        raise InvalidInputError(
            f"户编号 {clean_number(number)} 是 {door[0]} 组的，组别却是 {group_number} 组。请核对，改成一致的。",
            field=field,
        )


def parse_group_number(text: str, *, field: str = "group") -> int:
    """The number of a group written as 3, 3组, 第三组 or 三组. Raises InvalidInputError."""
    match = _GROUP.fullmatch(_squeezed(text))
    number = _number_of(match[1]) if match else 0
    if not 1 <= number <= GROUP_NUMBER_MAX:
        raise InvalidInputError(f"组别要写 1 到 {GROUP_NUMBER_MAX} 之间的数字，例如 3 或 3组。", field=field)
    return number


def _number_of(text: str) -> int:
    """A number in digits or as 三, 十二, 二十, 二十一; 0 if it is none of these."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if "十" in tens or len(tens) > 1 or len(ones) > 1:
        return 0
    return (_CHINESE_DIGITS.index(tens or "一") * 10 if ten else 0) + _CHINESE_DIGITS.index(ones or "零")


def clean_phone(text: str, *, field: str = "phone") -> str:
    """A phone number in digits, with the hyphen of a fixed line; "" if empty. Raises InvalidInputError."""
    phone = _DASHES.sub("-", _squeezed(text)).removeprefix("+86")
    if re.fullmatch(r"1[0-9]{2}-[0-9]{4}-[0-9]{4}", phone):
        phone = phone.replace("-", "")
    if _SHORT_PHONE.fullmatch(phone):
        raise InvalidInputError(f"电话“{phone}”太短，是短号或缺了几位。手机要写 11 位，座机要带区号。", field=field)
    if phone and _PHONE.fullmatch(phone) is None:
        raise InvalidInputError("电话要写一个号码，例如 13812341234 或 0832-3921234。", field=field)
    return phone


def check_born_on(day: date, *, field: str = "born_on") -> date:
    """A day somebody can have been born on. Raises InvalidInputError."""
    if day.year < YEAR_MIN or day > clock.today():
        raise InvalidInputError(f"出生日期要在 {YEAR_MIN} 年到今天之间，请核对。", field=field)
    return day


def clean_paid_post(text: str, *, field: str = "paid_post") -> str:
    """A post that somebody is paid for, in one wording for cadres; "" for none. Raises InvalidInputError."""
    post = clean_text(text, what="有报酬岗位", length_max=PAID_POST_LENGTH_MAX, field=field)
    if post in _NO_POST_WORDS:
        return ""
    return CADRE_POST if post in _CADRE_WORDS else post


def age_on(born_on: date, day: date) -> int:
    """Full years of age (周岁) on a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


@dataclass(frozen=True, slots=True)
class IdNumber:
    """An ID number of 18 characters with what it says of its holder."""

    number: str
    born_on: date
    sex: Sex


def parse_id_number(text: str, *, field: str = "id_number") -> IdNumber:
    """An ID number, its check digit verified; x may be small. Raises InvalidInputError.

    The place in its first digits is not checked: districts are made and renamed faster than any table of them.
    """
    number = _squeezed(text).lstrip("'’`").upper()
    if re.fullmatch("[0-9]{15}", number):
        raise InvalidInputError("这是旧的 15 位身份证号，请填 18 位的。", field=field)
    if re.fullmatch("[0-9]{17}[0-9X]", number) is None:
        raise InvalidInputError("身份证号要有 18 位，前 17 位是数字，末位是数字或 X。", field=field)
    if ric.calc_check_digit(number) != number[-1]:
        lost = "它像是被表格存成了数字，后几位丢了：请把这一列改成“文本”格式重填。" if number.endswith("00") else ""
        raise InvalidInputError(f"身份证号的校验码不对，请核对每一位。{lost}", field=field)
    try:
        born_on = check_born_on(ric.get_birth_date(number), field=field)
    except (ValidationError, InvalidInputError) as wrong:
        raise InvalidInputError("身份证号里的出生日期不存在，请核对。", field=field) from wrong
    return IdNumber(number, born_on, Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def masked_id_number(number: str) -> str:
    """An ID number as it may be shown: only its last four characters."""
    return "*" * (len(number) - 4) + number[-4:]
