"""What the kiosk says: every sentence, and of which pieces it is put together when the village has recorded them.

A sentence stands here once. A page names it by its key and fills its slots; the page where the village records its
voice lists the pieces. Three kinds of slots:

    {called}    text that nobody can record beforehand; the village's voice leaves it out
    {points:p}  points in hundredths: 3650 is shown as 36.5 and spoken 三 十 六 点 五
    {pieces:n}  a whole number of things: 2 is spoken 两
    {serial:s}  a whole number by itself: 2 is spoken 二
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from pointsbank.cards.errors import CardNotKnownError, PinLockedError, WrongPinError
from pointsbank.cards.services import PIN_WAIT_MESSAGE
from pointsbank.foundation.points import UNITS_PER_POINT, format_points
from pointsbank.kiosk.errors import DoorNotKnownError, TooManyCallsError, TooManyUnknownError

SENTENCES = {
    "开头": {
        "start": "您好！请刷卡，或者点户号。",
        "groups": "您是哪个组的？请点一下。",
        "door": "请按门牌上的户号，再按“好”。",
        "pin": "请按您的六位密码，再按“好”。",
        "home": "{called}，您好！您能换 {points:p} 分的东西。",
        "still_there": "您还在吗？要接着看，请按“我再看看”。",
    },
    "换东西": {
        "goods": "点一样您想换的东西。您能换 {points:p} 分。",
        "goods_ordered": "您有东西先留着，领走了再换别的。",
        "good": "要多少？按加号、减号，好了就按“好”。",
        "good_ordered": "您有东西先留着。领走了，或者不要了，再换别的。",
        "good_gone": "这样东西换完了。请换一样。",
        "good_short": "还差 {missing:p} 分。请换一样，或者下次再来。",
        "good_threshold": "积分攒到 {least:p} 分才能换东西，您家还差 {missing:p} 分。",
        "good_limit": "这样东西，您家这回已经换够了。请换一样。",
        "closed": "现在换不了东西。{why}",
        "order_waiting": "留好了！请到柜台领取，报您的名字就行。单号 {serial:s}。",
        "order_part": "还有东西没有领，在柜台等您。单号 {serial:s}。",
        "order_handed_over": "这些东西已经领走了。",
        "order_cancelled": "好，不要了。积分已经退回。",
        "order_expired": "这些东西没有来领，积分已经退回。",
        "ask_cancel": "真的不要了吗？积分会退回来。",
        "taken": "您换过这些东西。",
        "taken_none": "您还没有换过东西。",
    },
    "查积分、看榜": {
        "month": "{year}{month:s}月的积分。",
        "month_none": "这个月还没有记过分。",
        "line_plus": "{words}，加 {points:p} 分。{then}",
        "line_minus": "{words}，减 {points:p} 分。{then}",
        "board_merits": "{month}好人好事。",
        "board_ranking": "{month}积分榜。",
        "board_draft": "{month}积分榜，这个月还没有过完。",
    },
    "报好事": {
        "deeds": "{whose}做了什么好事？请点一下。",
        "deeds_none": "这里还报不了好事。请组长帮您记。",
        "deed_rules": "{kind}，是哪一件？请点一下。找不到就点“请组长来问我”。",
        "deed": "是谁做的？哪一天？选好了就按“好”。",
        "deed_hours": "是谁做的？哪一天，几个小时？选好了就按“好”。",
        "deed_reported": "报上了，谢谢！村里会先核实，再公示，没有异议就记分。",
        "deed_groups": "是哪个组的人做的？请点一下。",
        "deed_door": "请按那一家门牌上的户号，再按“好”。",
        "deed_ask": "找不到要报的事，就请组长来问您，组长帮您记。",
        "deed_asked": "已经跟组长说了，组长会来问您。",
    },
    "找人帮忙、声音": {
        "help": "要人帮忙，就按“叫人来”。",
        "help_called": "已经叫人了，请稍等。",
        "help_coming": "听到了，马上有人来。",
        "help_nobody": "还没有人来。请到柜台去，或者再叫一次。",
        "help_ended": "好，不叫了。",
        "volume": "按“大声”“小声”，再按“试一试”。",
        "volume_test": "您好！这样听得清吗？",
    },
    "连不上的时候": {
        "away": "连不上柜台的电脑，现在换不了东西。请稍等，或者到柜台办。",
        "no_answer": "连不上柜台的电脑，正在再试。请稍等，东西不会换两次。",
        "back": "连上了。请再按一次。",
    },
}
_REFUSED = (
    CardNotKnownError().message,
    DoorNotKnownError().message,
    TooManyUnknownError().message,
    WrongPinError().message,
    PIN_WAIT_MESSAGE,
    PinLockedError().message,
    TooManyCallsError().message,
)
REFUSALS_TITLE, NUMERALS_TITLE = "没有办成的时候", "数字"
NUMERALS = tuple("零一二两三四五六七八九十百千万点半")

_TEMPLATES = {key: template for group in SENTENCES.values() for key, template in group.items()}
_SLOT = re.compile(r"\{(\w+)(?::([pns]))?\}")
_EDGES = " 　，。、；：！？"  # what a piece loses at its ends; within it the marks say where to breathe
_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_TEN_THOUSAND = 10_000
WHOLE_MAX = _TEN_THOUSAND**2 - 1  # a larger number is shown and not spoken


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence with its slots filled. words: as it stands on the screen; pieces: what is played, in order."""

    words: str
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to be recorded. example: a sentence in which it is said, "" where it is the whole one."""

    key: str
    words: str
    group: str
    example: str


def say(name: str, **slots: str | int) -> Spoken:
    """A sentence by its key, with its slots filled. Raises KeyError for one that is not listed."""
    shown: list[str] = []
    pieces: list[str] = []
    for fixed, slot, kind in _parts(name):
        shown.append(fixed)
        if said := fixed.strip(_EDGES):
            pieces.append(said)
        if slot:
            words, numerals = _filled(slots[slot], kind)
            shown.append(words)
            pieces += numerals
    return Spoken("".join(shown).lstrip(_EDGES), tuple(pieces))


def _filled(value: str | int, kind: str) -> tuple[str, list[str]]:
    if kind == "p":
        return format_points(int(value)), spoken_points(int(value))
    if kind:
        return str(value), spoken_number(int(value), counted=kind == "n")
    return str(value), []


@lru_cache
def _parts(name: str) -> tuple[tuple[str, str, str], ...]:
    """A sentence as fixed words, each with the slot that follows and its kind; the last one with none."""
    runs = _SLOT.split(_TEMPLATES[name])
    slots = list(zip(runs[1::3], runs[2::3], strict=True))
    return tuple((fixed, slot, kind or "") for fixed, (slot, kind) in zip(runs[::3], [*slots, ("", "")], strict=True))


# --- numerals ---


def spoken_points(units: int) -> list[str]:
    """Points in hundredths as numerals: 3650 → 三 十 六 点 五, 50 → 半. The sign is said by the sentence."""
    whole, fraction = divmod(abs(units), UNITS_PER_POINT)
    if not fraction:
        return spoken_number(whole, counted=True)
    if (whole, fraction) == (0, UNITS_PER_POINT // 2):
        return ["半"]
    return [*spoken_number(whole), "点", *(_DIGITS[int(digit)] for digit in f"{fraction:02d}".rstrip("0"))]


def spoken_number(number: int, *, counted: bool = False) -> list[str]:
    """A whole number as numerals: 105 → 一 百 零 五. counted: two of something is 两. Too large a one is not spoken."""
    if not 0 <= number <= WHOLE_MAX:
        return []
    if number < len(_DIGITS):
        return ["两" if counted and number == 2 else _DIGITS[number]]
    upper, lower = divmod(number, _TEN_THOUSAND)
    spoken = [*_below_ten_thousand(upper), "万"] if upper else []
    if upper and 0 < lower < _TEN_THOUSAND // 10:
        spoken.append("零")
    spoken += _below_ten_thousand(lower)
    if spoken[:2] == ["一", "十"]:
        del spoken[0]  # 十二, not 一十二
    if spoken[0] == "二" and spoken[1] != "十":
        spoken[0] = "两"
    return spoken


def _below_ten_thousand(number: int) -> list[str]:
    spoken: list[str] = []
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            spoken += [_DIGITS[digit], *_UNITS[place]]
        elif spoken and spoken[-1] != "零" and number % 10**place:
            spoken.append("零")
    return spoken


# --- what there is to record ---


def key_of(words: str) -> str:
    """How a piece is named in an address: it changes with its words."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]


@lru_cache
def pieces() -> tuple[Piece, ...]:
    """Everything to be recorded, each once, the numerals last."""
    found: dict[str, Piece] = {}
    for group, sentences in SENTENCES.items():
        for name, template in sentences.items():
            whole = _SLOT.sub("……", template).strip(_EDGES)
            for fixed, _, _ in _parts(name):
                words = fixed.strip(_EDGES)
                if words:
                    found.setdefault(words, Piece(key_of(words), words, group, "" if words == whole else whole))
    for sentence in _REFUSED:
        words = sentence.strip(_EDGES)
        found.setdefault(words, Piece(key_of(words), words, REFUSALS_TITLE, ""))
    for words in NUMERALS:
        found.setdefault(words, Piece(key_of(words), words, NUMERALS_TITLE, ""))
    return tuple(found.values())


def piece(key: str) -> Piece | None:
    """A piece by its key; None for what is not spoken (any more)."""
    return next((one for one in pieces() if one.key == key), None)
