"""What is filled in when deeds are recorded one after another: who, what, how often, on which day."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from pointsbank.cards import queries as cards
from pointsbank.covenant import queries as covenant
from pointsbank.covenant.errors import NoRuleBookError, UnknownRuleError
from pointsbank.covenant.models import Effect, Rule, Track
from pointsbank.deeds.errors import DeedRefusedError
from pointsbank.deeds.services import LATE_DAYS_MAX, NOTE_LENGTH_MAX, QUANTITY_UNITS_MAX, DeedDraft
from pointsbank.deeds.services.drafts import EVENT_LENGTH_MAX, LATE_REASON_LENGTH_MAX
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, NotFoundError, PointsBankError
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.points import format_points, parse_hundredths
from pointsbank.foundation.texts import parse_whole
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.people import queries as people
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import HEAD, number_key
from pointsbank.places.models import Place
from pointsbank.web.forms import Form, LineField, clean_text

CHOICES_MAX = 12  # offered for one name; who wants more writes a little more
MEMBERS_MAX = 40  # of one household
WHO_LENGTH_MAX = 100  # a card's QR has 48 characters and the village's code
RULE_LENGTH_MAX = 130  # a code and a whole name
HALF_YEAR = timedelta(days=183)
TODAY = "今天"
SERIAL_MAX = 10**12

_DAYS_BACK = {TODAY: 0, "昨天": 1, "前天": 2}
_FULL_DAY = re.compile("([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})[日号]?|([0-9]{4})([0-9]{2})([0-9]{2})")
_SHORT_DAY = re.compile("([0-9]{1,2})[-/.月]([0-9]{1,2})[日号]?|([0-9]{2})([0-9]{2})")
_CHOICE = re.compile("([0-9]{1,19})-([0-9]{0,19})")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Meant:
    """Somebody who may be meant by what was typed: a person, or a household as such (resident None)."""

    household: Household
    resident: Resident | None
    why: str = ""

    @property
    def value(self) -> str:
        """What a form sends for it."""
        return f"{self.household.id}-{self.resident.id if self.resident else ''}"

    @property
    def name(self) -> str:
        """The person, or whose household it is."""
        return self.resident.name if self.resident else f"{self.household.head_name}家"

    @property
    def label(self) -> str:
        """What stands in the field once it is chosen."""
        return f"{self.name} {self.household.number}"

    @property
    def detail(self) -> str:
        """What tells persons of one name apart: group, household number, place in the household."""
        place = f"{self.household.group.name} {self.household.number}"
        if self.resident is None:
            return f"{place}，整户"
        if self.resident.relation == HEAD:
            return f"{place}，户主"
        return f"{place}，{self.household.head_name}家，{self.resident.relation}"

    def plain(self) -> dict[str, str]:
        """For a script."""
        return {"value": self.value, "label": self.label, "name": self.name, "detail": self.detail, "why": self.why}


def people_meant(village: Place, text: str) -> list[Meant]:
    """Who may be meant by a name, pinyin, initials, a number, a phone tail or a card; the best first, a few only."""
    if not any(character.isalnum() for character in text):
        return []
    if card := cards.card_presented(village, text):
        return [Meant(card.household, None, "积分卡")]
    hits = people.search(village.id, text, CHOICES_MAX)
    name, _, number = text.rpartition(" ")
    if not hits and name and (household := people.household_by_number(village.id, number)):
        return [meant for meant in members_of(household) if meant.name == name]  # the label of a choice, sent alone
    return [Meant(hit.household, hit.resident, hit.why) for hit in hits]


def members_of(household: Household) -> list[Meant]:
    """The people of a household, the head first."""
    open_ones = [resident for resident in household.residents if resident.closed_on is None]
    open_ones.sort(key=lambda resident: (resident.relation != HEAD, resident.serial))
    return [Meant(household, resident) for resident in open_ones[:MEMBERS_MAX]]


def chosen(village: Place, value: str) -> Meant:
    """What a form sent back of a choice. Raises NotFoundError, also for another village's."""
    match = _CHOICE.fullmatch(value)
    household_id, resident_id = (int(part or 0) for part in match.groups()) if match else (0, 0)
    try:
        if max(household_id, resident_id) > ID_MAX:
            raise NotFoundError
        household = people.household(village.id, household_id)
        resident = people.resident(village.id, resident_id) if resident_id else None
        if resident is not None and resident.household_id != household.id:
            raise NotFoundError
    except NotFoundError as error:
        raise NotFoundError("没有找到这一户或这个人。请按姓名首字母或户号重新选。", field="who") from error
    return Meant(household, resident)


def rules_meant(village: Place, day: date, text: str) -> Sequence[Rule]:
    """The rules of a day that may be meant by a code, words, pinyin or initials; a whole code means that one alone."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    found = covenant.find_rules(village.id, day, wanted, CHOICES_MAX)
    whole = [rule for rule in found if wanted.upper() == rule.code or wanted in (rule.name, rule_label(rule))]
    if not found and (code := re.match("[A-Za-z]{1,6}[0-9]{1,4}(?= )", wanted)):  # the label of a choice, sent alone
        return covenant.find_rules(village.id, day, code[0], 1)
    return whole or found


def rule_label(rule: Rule) -> str:
    """What stands in the field once a rule is chosen."""
    return f"{rule.code} {rule.name}"


def rule_worth(rule: Rule) -> str:
    """What a rule gives: +2分/小时, honour named as such."""
    return f"{points_of(rule, rule.points)}/{rule.unit}"


def points_of(rule: Rule, units: int) -> str:
    """Points that a rule gives, in hundredths, with their sign and track: +4分, -2分, +30荣誉分."""
    sign, what = "+" if units > 0 else "", "荣誉分" if rule.track is Track.HONOUR else "分"
    return f"{sign}{format_points(units)}{what}"


def plain_rule(rule: Rule) -> dict[str, str]:
    """For a script."""
    return {
        "value": rule.code,
        "label": rule_label(rule),
        "name": rule_label(rule),
        "detail": rule_worth(rule),
        "unit": rule.unit,
        "effect": rule.effect.value,
    }


def parse_day(text: str, *, field: str | None = None) -> date:
    """A day as clerks write it: 今天, 昨天, 3-5, 3/5, 3月5日, 0305, 2026-03-05, 20260305.

    Without a year the nearest such day is meant: in January 12-30 is last year's. Raises InvalidInputError.
    """
    written = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    today = clock.today()
    if written in _DAYS_BACK:
        return today - timedelta(days=_DAYS_BACK[written])
    try:
        if full := _FULL_DAY.fullmatch(written):
            year, month, day = (int(part) for part in full.groups() if part)
            return date(year, month, day)
        if short := _SHORT_DAY.fullmatch(written):
            month, day = (int(part) for part in short.groups() if part)
            return _nearest(month, day, today)
    except ValueError as error:
        raise InvalidInputError("没有这一天，请核对月份和日子。", field=field) from error
    raise InvalidInputError("日期可以写 3-5、0305、昨天，或者 2026-03-05。", field=field)


def _nearest(month: int, day: int, today: date) -> date:
    """The day of this year unless the one of last or next year is nearer. Raises ValueError for no such day."""
    this_year = date(today.year, month, day)
    if abs(this_year - today) <= HALF_YEAR:
        return this_year
    return date(today.year + (1 if this_year < today else -1), month, day)


class RecordForm(Form):
    """One line like a till.

    who_choice and rule_choice hold what was chosen from a list; they count only while the words are those that the
    list was made for (who_asked, rule_asked). After read: who_meant and rule_meant are what was understood,
    who_choices and rule_choices what is to be chosen from.
    """

    who = LineField(
        "谁",
        [Length(max=WHO_LENGTH_MAX, message="太长了，写姓名、首字母或户号就行。")],
        render_kw={"data-scan": ""},  # see web/scanner.js
    )
    who_choice = HiddenField(validators=[Length(max=41)])
    who_asked = HiddenField(validators=[Length(max=WHO_LENGTH_MAX)])
    rule = LineField("什么事", [Length(max=RULE_LENGTH_MAX, message="太长了，写编号或几个字就行。")])
    rule_choice = HiddenField(validators=[Length(max=20)])
    rule_asked = HiddenField(validators=[Length(max=RULE_LENGTH_MAX)])
    quantity = LineField("几次", [Length(max=20, message="数量要填数字，例如 2 或 2.5。")], default="1")
    occurred_on = LineField("哪天", [Length(max=20, message="日期可以写 3-5、0305 或昨天。")], default=TODAY)
    note = LineField("备注", [Length(max=NOTE_LENGTH_MAX, message=f"最多 {NOTE_LENGTH_MAX} 个字。")])
    event_name = LineField("活动", [Length(max=EVENT_LENGTH_MAX, message=f"最多 {EVENT_LENGTH_MAX} 个字。")])
    late_reason = LineField(
        "迟报原因", [Length(max=LATE_REASON_LENGTH_MAX, message=f"最多 {LATE_REASON_LENGTH_MAX} 个字。")]
    )
    suspended_until = LineField("暂停到", [Length(max=20, message="日期可以写 2026-12-31。")])
    claws_back = LineField("追回第几号", [Length(max=20, message="写编号的数字就行。")])
    key = HiddenField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)])

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.who_meant: Meant | None = None
        self.rule_meant: Rule | None = None
        self.day_meant: date | None = None
        self.who_choices: list[Meant] = []
        self.rule_choices: Sequence[Rule] = []
        self.status = 200

    def read(self, village: Place) -> DeedDraft | None:
        """The deed that was filled in; None when something cannot be taken: its field says why, status says how."""
        self.read_beginning(village)
        who, day = self.who_meant, self.day_meant
        rule = self.rule_meant = self._taken(lambda: self._read_rule(village, recordable_or_today(day)))
        quantity = self._taken(self._read_quantity)
        if who is not None and rule is not None and rule.needs_person and who.resident is None:
            household = who.household
            who = self.who_meant = self._taken(lambda: self._read_member(household)) or who
        until = self._taken(self._read_until) if rule and rule.effect is Effect.SUSPEND_PERSON else None
        clawed = self._taken(self._read_clawed) if rule and rule.effect is Effect.CLAW_BACK else None
        if who is None or day is None or rule is None or quantity is None or self.status != 200:
            return None
        return DeedDraft(
            who.household.id,
            rule.code,
            quantity,
            day,
            who.resident.id if who.resident else None,
            self.note.data or "",
            self.event_name.data or "",
            self.late_reason.data or "",
            until,
            clawed,
        )

    def asks(self, name: str) -> bool:
        """Whether a field that few deeds need is shown: it is filled in, was refused, or the rule wants it."""
        field = self._fields[name]
        effects = {"suspended_until": Effect.SUSPEND_PERSON, "claws_back": Effect.CLAW_BACK}
        wanted = self.rule_meant is not None and effects.get(name) is self.rule_meant.effect
        return bool(field.data or field.errors) or wanted

    def _read_until(self) -> date | None:
        """The last day of a suspension; None for the end of the year. Asked once where the form did not show it."""
        if not self.suspended_until.raw_data:
            told = "这一条要暂停本人资格，请填暂停到哪一天；空着就到发生那年的年底。"
            raise DeedRefusedError(told, field="suspended_until")
        text = self.suspended_until.data or ""
        return parse_day(text, field="suspended_until") if text else None

    def _read_clawed(self) -> int | None:
        text = self.claws_back.data or ""
        return parse_whole(text, what="编号", most=SERIAL_MAX, field="claws_back") if text else None

    def read_beginning(self, village: Place) -> None:
        """Who and which day, of a line that is still being typed."""
        self.who_meant = self._taken(lambda: self._read_who(village))
        self.day_meant = self._taken(lambda: parse_day(self.occurred_on.data or TODAY, field="occurred_on"))

    def refuse(self, error: PointsBankError) -> int:
        """As every form does; the first refusal gives the status."""
        status = super().refuse(error)
        self.status = status if self.status == 200 else self.status
        return self.status

    def _taken(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except PointsBankError as error:
            self.refuse(error)
            return None

    def _read_who(self, village: Place) -> Meant:
        text = self.who.data or ""
        if not text:
            raise DeedRefusedError("请填是谁：姓名、拼音首字母、户号或手机尾号，也可以刷卡。", field="who")
        if self.who_choice.data and _same(self.who_asked.data, text):
            return chosen(village, self.who_choice.data)
        found = people_meant(village, text)
        whole = [meant for meant in found if _is_whole(meant, text)]
        if len(found) == 1 or (len(whole) == 1 and not any(meant.why == "电话尾号" for meant in found)):
            return (whole or found)[0]
        if not found:
            self._refuse_card(village, text)
            raise DeedRefusedError("没有找到这个人。换个写法试试：姓名、首字母、户号或手机尾号。", field="who")
        self.who_choices = found
        raise DeedRefusedError("对得上的不止一位，请选一位。", field="who")

    def _refuse_card(self, village: Place, text: str) -> None:
        """Say why this card names nobody, if it is one. Raises DeedRefusedError."""
        try:
            cards.card_at_desk(village, text)
        except PointsBankError as why:
            raise DeedRefusedError(f"{why.message}这件事也可以按姓名或户号记。", field="who") from why

    def _read_member(self, household: Household) -> Meant:
        members = members_of(household)
        if len(members) == 1:
            return members[0]
        self.who_choices = members
        raise DeedRefusedError("这一条按人计分，请选是这一户的哪一位。", field="who")

    def _read_rule(self, village: Place, day: date) -> Rule:
        text = self.rule.data or ""
        if not text:
            raise DeedRefusedError("请填是什么事：细则编号、关键字或拼音首字母。", field="rule")
        if self.rule_choice.data and _same(self.rule_asked.data, text):
            return covenant.rule_on(village.id, day, self.rule_choice.data)
        found = rules_meant(village, day, text)
        if len(found) == 1:
            return found[0]
        if not found and covenant.book_on(village.id, day) is None:
            raise NoRuleBookError
        if not found:
            raise UnknownRuleError("细则里没有找到。换个写法试试：编号、关键字或拼音首字母。", field="rule")
        self.rule_choices = found
        raise DeedRefusedError("对得上的不止一条，请选一条。", field="rule")

    def _read_quantity(self) -> int:
        return parse_hundredths(self.quantity.data or "", what="数量", units_max=QUANTITY_UNITS_MAX, field="quantity")


def recordable_or_today(day: date | None) -> date:
    """The day whose rules and limits are shown: that of the deed, today for one on which nothing can be recorded.

    So such a day is refused as such, not because its rules are not known.
    """
    today = clock.today()
    return day if day is not None and today - timedelta(days=LATE_DAYS_MAX) <= day <= today else today


def _same(asked: str | None, text: str) -> bool:
    return " ".join(clean_text(asked or "").split()) == text


def _is_whole(meant: Meant, text: str) -> bool:
    """Whether what was typed is the whole name or number, not only its beginning."""
    if meant.resident is not None:
        return text in (meant.resident.name, meant.label)
    return number_key(unicodedata.normalize("NFKC", text)) == number_key(meant.household.number)
