"""What is filled in on a reminder to mend."""

from collections.abc import Sequence
from typing import Any

from wtforms import DateField, HiddenField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.covenant.models import Rule
from pointsbank.deeds.errors import DeedRefusedError
from pointsbank.deeds.forms.recording import WHO_LENGTH_MAX, chosen, people_meant, rule_label
from pointsbank.deeds.services.reminders import TEXT_LENGTH_MAX, ReminderDraft
from pointsbank.foundation.errors import NotFoundError
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.web.forms import Form, LineField


class ReminderForm(Form):
    """Which household, under which rule, what is to be mended, by which day.

    Where several households are meant by what was typed, choices holds them and the form asks once more.
    """

    who = LineField(
        "哪一户",
        [
            InputRequired("请填是哪一户：户号、姓名或拼音首字母。"),
            Length(max=WHO_LENGTH_MAX, message="太长了，写户号或姓名就行。"),
        ],
        description="户号、姓名或拼音首字母，也可以刷卡。",
        render_kw={"data-scan": ""},  # see web/scanner.js
    )
    who_choice = HiddenField(validators=[Length(max=41)])
    rule = SelectField("哪一条", [InputRequired("请选一条。")])
    text = LineField(
        "请整改什么",
        [
            InputRequired("请写明要整改什么，例如：门前柴草堆到路上，请搬进院里码好。"),
            Length(max=TEXT_LENGTH_MAX, message=f"最多 {TEXT_LENGTH_MAX} 个字。"),
        ],
        description="写具体，让人一看就知道怎么办。单子上不写分数。",
    )
    mend_by = DateField("哪天以前整改好", [InputRequired("请填整改期限，例如 2026-03-15。")])
    key = HiddenField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)])
    submit = SubmitField("开提醒单")

    def __init__(self, *arguments: Any, rules: Sequence[Rule], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.rule.choices = [SelectChoice(rule.code, rule_label(rule)) for rule in rules]
        self.choices: list[Household] = []

    def draft(self, village: Place) -> ReminderDraft:
        """What was filled in. Raises NotFoundError, DeedRefusedError when no household or several are meant."""
        household = self._household(village)
        return ReminderDraft(household.id, self.rule.data, self.text.data, self.mend_by.data)

    def _household(self, village: Place) -> Household:
        if self.who_choice.data:
            return chosen(village, f"{self.who_choice.data}-").household
        found = {meant.household.id: meant.household for meant in people_meant(village, self.who.data)}
        if not found:
            raise NotFoundError("没有找到这一户。换个写法试试：户号、姓名或首字母。", field="who")
        if len(found) > 1:
            self.choices = list(found.values())
            raise DeedRefusedError("对得上的不止一户，请选一户。", field="who")
        return next(iter(found.values()))
