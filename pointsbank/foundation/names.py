"""Names of people: cleaning, masking, pinyin for search. Nothing here decides who may see a name."""

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

from pointsbank.foundation.errors import InvalidInputError

NAME_LENGTH_MAX = 40

# Surnames that are read otherwise than the same character in a word; pypinyin alone takes 曾国藩 for "ceng".
SURNAME_READINGS = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "任": "ren", "区": "ou", "查": "zha", "盖": "ge",
    "朴": "piao", "翟": "zhai", "乐": "yue", "覃": "qin", "冼": "xian", "洗": "xian", "员": "yun", "黑": "he",
    "种": "chong", "秘": "bi", "折": "she", "缪": "miao", "尉": "wei", "召": "shao", "逄": "pang", "贠": "yun",
    "长": "zhang", "晟": "cheng", "华": "hua", "燕": "yan", "宁": "ning", "纪": "ji", "曲": "qu", "車": "che",
    "那": "na", "哈": "ha", "句": "gou", "隗": "wei", "呙": "guo", "俞": "yu", "邵": "shao", "沈": "shen",
    "葛": "ge", "柏": "bai", "祭": "zhai", "撒": "sa", "万俟": "moqi", "尉迟": "yuchi", "长孙": "zhangsun",
    "澹台": "tantai", "宿": "su", "石": "shi", "盛": "sheng", "不": "fou", "大": "da", "卜": "bu", "重": "chong",
}  # fmt: skip

COMPOUND_SURNAMES = frozenset(
    {
        "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "司空",
        "夏侯", "端木", "独孤", "南宫", "长孙", "宇文", "轩辕", "申屠", "澹台", "万俟", "闻人", "赫连",
        "太史", "淳于", "单于", "濮阳", "公羊", "仲孙", "钟离", "百里", "呼延", "拓跋", "东郭", "西门",
        "第五", "鲜于", "闾丘", "亓官", "巫马", "漆雕", "壤驷", "乐正", "宰父", "谷梁", "段干", "左丘",
        "梁丘", "东野", "微生",
    }
)  # fmt: skip

_DOTS = re.compile("[•・‧∙⋅・.．]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


def clean_name(text: str, *, what: str = "姓名", field: str | None = None) -> str:
    """A name as it is stored: no spaces inside Chinese names, one kind of middle dot, no invisible characters.

    Raises InvalidInputError for an empty or over-long name and for one with digits, brackets or control characters.
    """
    name = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    name = _DOTS.sub("·", name).strip("· \t\u3000")
    if any(character >= "㐀" for character in name):
        name = re.sub(r"\s+", "", name)
    name = re.sub(r"\s+", " ", name)
    if not name:
        raise InvalidInputError(f"{what}不能空着。", field=field)
    if len(name) > NAME_LENGTH_MAX:
        raise InvalidInputError(f"{what}太长了，最多 {NAME_LENGTH_MAX} 个字。", field=field)
    if any(unicodedata.category(character)[0] not in "LM" and character not in "·- '" for character in name):
        raise InvalidInputError(f"{what}里有不能用的符号，只能写文字和“·”。", field=field)
    return name


def surname_of(name: str) -> str:
    """The surname: two characters for compound surnames; for names with a middle dot the part before it."""
    if "·" in name:
        return name.split("·", maxsplit=1)[0]
    return name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]


def masked_name(name: str) -> str:
    """The name as it may hang on a wall without consent: 王*明, 王*, 欧阳*, 阿依古丽·*."""
    if "·" in name:
        return f"{surname_of(name)}·*"
    surname = surname_of(name)
    if len(surname) > 1 or len(name) <= 2:
        return f"{surname}*"
    return f"{surname}{'*' * (len(name) - 2)}{name[-1]}"


def masked_phone(phone: str) -> str:
    """138****1234; shorter numbers keep their last two digits."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else f"****{phone[-2:]}"


def pinyin_of(name: str) -> tuple[str, str]:
    """Pinyin and initials for search: 曾国强 → ("zengguoqiang", "zgq"); what has no reading stands as it is."""
    surname = surname_of(name)
    reading = SURNAME_READINGS.get(surname)
    syllables = [reading] if reading else lazy_pinyin(surname, style=Style.NORMAL)
    if reading and len(surname) > 1:
        initials = "".join(syllable[:1] for syllable in lazy_pinyin(surname, style=Style.NORMAL))
    else:
        initials = "".join(syllable[:1] for syllable in syllables)
    rest = lazy_pinyin(name[len(surname) :].replace("·", ""), style=Style.NORMAL)
    return "".join([*syllables, *rest]).lower(), (initials + "".join(s[:1] for s in rest)).lower()


def pinyin_of_words(text: str) -> tuple[str, str]:
    """Pinyin and initials of what is no person's name: 种子 → ("zhongzi", "zz"), where the surname would be Chong.

    Punctuation and spaces are left out: nobody types them when searching.
    """
    syllables = lazy_pinyin("".join(filter(str.isalnum, text)), style=Style.NORMAL)
    return "".join(syllables).lower(), "".join(syllable[:1] for syllable in syllables).lower()
