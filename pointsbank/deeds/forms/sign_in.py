"""A sign-in sheet: one rule, day and event, and everybody who was there, ticked or typed one after the other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g
from sqlalchemy import select
from wtforms import HiddenField, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import Length

from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Effect, EvidenceKind, Rule, Step
from pointsbank.deeds import queries
from pointsbank.deeds.errors import DeedRefusedError
from pointsbank.deeds.forms.claimant import ClaimantField, groups_to_record
from pointsbank.deeds.forms.recording import TODAY, Meant, parse_day, people_meant, rule_worth
from pointsbank.deeds.services import QUANTITY_UNITS_MAX, DeedDraft
from pointsbank.deeds.services.drafts import EVENT_LENGTH_MAX, LATE_REASON_LENGTH_MAX
from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError, PointsBankError
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.points import parse_hundredths
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.people import queries as people
from pointsbank.people.models import Household, Resident
from pointsbank.places.models import Group, Place
from pointsbank.web.forms import Form, LineField, LinesField, clean_text

ATTENDED_UNITS = frozenset({"次", "人次", "场", "小时", "天", "人"})  # what one can sign for, one line a person
PEOPLE_MAX = 500  # of one sheet; more is another event, or another page of paper
NAMES_MAX = 60  # typed at once
NAMED_MAX = 4  # of those who may be meant
_WORDS = re.compile(r"[\s,，、;；]+")
_CHOICE = re.compile("([0-9]{1,19})-([0-9]{0,19})")


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody on the sheet: a person, or a household as such."""

    household: Household
    resident: Resident | None

    @property
    def meant(self) -> Meant:
        """As recording names people."""
        return Meant(self.household, self.resident)

    @property
    def value(self) -> str:
        """What a form sends for them."""
        return self.meant.value


class SignInForm(Form):
    """What stands on the sheet. Whatever was ticked or typed stays, also what cannot be taken."""

    rule = SelectField("什么事", validate_choice=False)
    occurred_on = LineField("哪天", [Length(max=20, message="日期可以写 3-5、0305 或昨天。")], default=TODAY)
    event_name = LineField("活动名称", [Length(max=EVENT_LENGTH_MAX, message=f"最多 {EVENT_LENGTH_MAX} 个字。")])
    quantity = LineField("每人几次（小时）", [Length(max=20, message="数量要填数字，例如 2 或 2.5。")], default="1")
    late_reason = LineField(
        "迟报原因", [Length(max=LATE_REASON_LENGTH_MAX, message=f"最多 {LATE_REASON_LENGTH_MAX} 个字。")]
    )
    claimed_by = ClaimantField("谁收的签到表", no_default=True)
    names = LinesField("一个一个写", [Length(max=2_000, message="太长了，分几次写。")])
    who = SelectMultipleField("签到的", validate_choice=False, validators=[Length(max=PEOPLE_MAX)])
    group = SelectField("勾哪个组的", validate_choice=False)
    key = HiddenField(validators=[Length(max=KEY_LENGTH_MAX)])

    def __init__(self, village: Place, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.village = village
        self.status = 200
        self.claimed_by.no_default = Permission.REVERSE_BOOKINGS in g.permissions  # the clerk types for others
        self.claimed_by.offer(village)
        self.groups: Sequence[Group] = groups_to_record(village)
        self.group.choices = [SelectChoice(str(group.number), group.name) for group in self.groups]
        self.day = self._read_day()
        self.rules = {rule.code: rule for rule in covenant.rules_on(village.id, self.day) if _can_be_signed_for(rule)}
        by_sheet = [rule for rule in self.rules.values() if _is_signed_for(rule)]
        others = [rule for rule in self.rules.values() if not _is_signed_for(rule)]
        self.rule.choices = {
            title: [SelectChoice(rule.code, f"{rule.code} {rule.name}（{rule_worth(rule)}）") for rule in rules]
            for title, rules in (("凭签到表的", by_sheet), ("其他", others))
            if rules
        }

    @property
    def rule_meant(self) -> Rule | None:
        """The rule chosen; the first before one is."""
        first = next(iter(rule for rule in self.rules.values() if _is_signed_for(rule)), None)
        return self.rules.get(self.rule.data or "") or (None if self.rule.data else first)

    @property
    def group_meant(self) -> Group | None:
        """The group whose people are shown to tick: the one chosen, else the first."""
        chosen = next((group for group in self.groups if str(group.number) == self.group.data), None)
        return chosen or next(iter(self.groups), None)

    def refuse(self, error: PointsBankError) -> int:
        """As every form does; the first refusal gives the status."""
        status = super().refuse(error)
        self.status = status if self.status == 200 else self.status
        return self.status

    def _read_day(self) -> date:
        try:
            return parse_day(self.occurred_on.data or TODAY)
        except PointsBankError:
            return clock.today()  # refused at the field by check

    def check(self) -> int:
        """Refuse what cannot be taken at its field. Gives the quantity of each, in hundredths; 0 when refused."""
        quantity = 0
        if self.occurred_on.data:
            try:
                parse_day(self.occurred_on.data, field="occurred_on")
            except PointsBankError as error:
                self.refuse(error)
        if self.rule_meant is None:
            self.refuse(DeedRefusedError("这一天没有这一条，或者它不能凭签到表记。请重新选。", field="rule"))
        if self.claimed_by.is_open:
            self.refuse(DeedRefusedError("请选是谁收的签到表；您自己收的，选“我自己”。", field="claimed_by"))
        if not self.event_name.data:
            self.refuse(DeedRefusedError("请写是哪次活动，例如：3月义务植树。", field="event_name"))
        try:
            quantity = parse_hundredths(
                self.quantity.data or "", what="数量", units_max=QUANTITY_UNITS_MAX, field="quantity"
            )
        except PointsBankError as error:
            self.refuse(error)
        return quantity

    def drafts(self, quantity: int, present: Sequence[Present]) -> list[DeedDraft]:
        """The deeds, one for each who was there."""
        rule = self.rule_meant
        return [
            DeedDraft(
                one.household.id,
                rule.code if rule else "",
                quantity,
                self.day,
                one.resident.id if one.resident else None,
                event_name=self.event_name.data or "",
                late_reason=self.late_reason.data or "",
            )
            for one in present
        ]

    # --- who was there ---

    def candidates(self) -> list[Present]:
        """Who of the group can be ticked: its people where the rule counts by person, else its households."""
        group, rule = self.group_meant, self.rule_meant
        if group is None:
            return []
        households = people.households_of_group(self.village.id, group.id)
        if rule is not None and not rule.needs_person:
            return [Present(household, None) for household in households]
        members = queries.members_of_households(self.village.id, [household.id for household in households])
        return [Present(household, one) for household in households for one in members.get(household.id, [])]

    def ticked(self) -> list[Present]:
        """Who is ticked, each once. Raises NotFoundError for somebody who is not of this village."""
        matches = [_CHOICE.fullmatch(value) for value in self.who.data or []]
        wanted = [(int(match[1]), int(match[2] or 0)) for match in matches if match]
        if len(wanted) < len(matches) or any(max(pair) > ID_MAX for pair in wanted):
            raise InvalidInputError("页面已经过期，请刷新后重新勾选。", field="who")
        households = _by_id(Household, self.village.id, {household for household, _ in wanted})
        residents = _by_id(Resident, self.village.id, {resident for _, resident in wanted if resident})
        found: dict[str, Present] = {}
        for household_id, resident_id in wanted:
            household, resident = households.get(household_id), residents.get(resident_id)
            if household is None or (resident_id and (resident is None or resident.household_id != household_id)):
                raise NotFoundError("有一位没有找到，可能刚刚移走了。请对照签到表核对一遍。", field="who")
            one = Present(household, resident)
            found.setdefault(one.value, one)
        return list(found.values())

    def typed(self) -> list[Present]:
        """Who was typed; what cannot be understood stays in the field and is refused there."""
        words = [word for word in _WORDS.split(clean_text(self.names.data or "")) if word]
        found, left, wrong = [], [], []
        for word in words[:NAMES_MAX]:
            try:
                found.append(self._meant(word))
            except PointsBankError as error:
                left.append(word)
                wrong.append(error.message)
        left += words[NAMES_MAX:]
        if words[NAMES_MAX:]:
            wrong.append(f"一次最多写 {NAMES_MAX} 个，剩下的再按一次“加上”。")
        self.names.data = " ".join(left)
        if wrong:
            self.refuse(DeedRefusedError("".join(wrong), field="names"))
        return found

    def _meant(self, word: str) -> Present:
        """Whom a word means, those of the group first. Raises DeedRefusedError."""
        rule, group = self.rule_meant, self.group_meant
        hits = people_meant(self.village, word)
        whole = [one for one in hits if one.resident is not None and one.resident.name == word]
        near = [one for one in whole or hits if group is not None and one.household.group_id == group.id]
        meant = near or whole or hits
        if rule is not None and not rule.needs_person:
            meant = list({one.household.id: Meant(one.household, None) for one in meant}.values())
        elif len(meant) == 1 and meant[0].resident is None:
            members = queries.members_of_households(self.village.id, [meant[0].household.id])
            meant = [Meant(meant[0].household, one) for one in members.get(meant[0].household.id, [])]
        if not meant:
            raise DeedRefusedError(f"“{word[:20]}”没有找到。")
        if len(meant) > 1:
            named = "、".join(f"{one.name}（{one.household.number}）" for one in meant[:NAMED_MAX])
            raise DeedRefusedError(f"“{word[:20]}”对得上的不止一位：{named}，请写全名，或者在下面勾。")
        return Present(meant[0].household, meant[0].resident)


def _can_be_signed_for(rule: Rule) -> bool:
    return rule.points > 0 and rule.effect is Effect.NONE and rule.unit in ATTENDED_UNITS


def _is_signed_for(rule: Rule) -> bool:
    """Whether a rule asks for a sign-in sheet: those come first."""
    return Step.SIGNIN in rule.step_list or rule.evidence_kind is EvidenceKind.SIGN_IN_SHEET


def _by_id(kind: type[Any], village_id: int, ids: set[int]) -> dict[int, Any]:
    if not ids:
        return {}
    return {
        row.id: row for row in session().scalars(select(kind).where(kind.village_id == village_id, kind.id.in_(ids)))
    }
