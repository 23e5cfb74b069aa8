"""What the desk fills in about households, residents and rosters."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, SelectChoice, SelectField, SubmitField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional, ValidationError

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.spreadsheets import FILE_BYTES_MAX
from pointsbank.people.models import Household, Residence, Resident, Sex
from pointsbank.people.queries import Shown, Sort
from pointsbank.people.services import ResidentDetails
from pointsbank.people.services.residents import LABELS
from pointsbank.people.services.values import PAID_POSTS, RESIDENCE_NAMES, SEX_NAMES, check_group, parse_group_number
from pointsbank.places.models import Group
from pointsbank.web.forms import Form, LineField, WholeField

SHOWN_NAMES = {
    Shown.OPEN: "在册的户",
    Shown.NO_CONSENT: "没签公开姓名的",
    Shown.NO_RESIDENTS: "没有成员的",
    Shown.CLOSED: "已注销的",
}
SORTS = [sign + sort.value for sort in Sort for sign in ("", "-")]
PARTY_CHOICES = {None: ("", "不登记"), True: ("yes", "是"), False: ("no", "否")}
STATEMENT_YEARS = range(2000, 2101)  # beyond them a day has no beginning or end that a clock could tell

_EXPIRED = "页面已经过期，请刷新后重新提交。"
_KEY = [InputRequired(_EXPIRED), Length(max=64, message=_EXPIRED)]
_CUT = Length(max=200, message="太长了，请写短一点。")  # services say how long each may be
VERSION_DIGITS_MAX = 20
_VERSION = [Length(max=VERSION_DIGITS_MAX, message=_EXPIRED)]


class DayField(DateField):
    """A day. missing: what is said when it is left empty; without it, it may be."""

    def __init__(self, label: str, missing: str = "", **options: Any) -> None:
        wrong = "日期看不懂或不存在，请写成 2026-03-05 这样。"
        filled = InputRequired(missing) if missing else Optional()
        super().__init__(label, [filled], invalid_value_message=wrong, **options)


class EditForm(Form):
    """An edit that carries the version which the person saw."""

    version = HiddenField(validators=_VERSION)

    @property
    def seen(self) -> int:
        """The version seen; -1, which nothing has, for what is none."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) <= VERSION_DIGITS_MAX else -1


# --- the list and the statement, asked by GET ---


class ListForm(Form):
    """Which households are listed, and in what order."""

    class Meta:
        csrf = False

    group = SelectField("组别", default="")
    shown = SelectField(
        "只看",
        choices=[SelectChoice(shown.value, name) for shown, name in SHOWN_NAMES.items()],
        default=Shown.OPEN.value,
    )
    sort = HiddenField(default=Sort.NUMBER.value, validators=[AnyOf(SORTS, message="不能这样排序，请点列名。")])
    after = WholeField(validators=[Optional(), NumberRange(0, ID_MAX)])

    def __init__(self, groups: Iterable[Group], formdata: Any) -> None:
        super().__init__(formdata)
        self.group_ids = {str(group.number): group.id for group in groups}
        self.group.choices = [("", "全部")] + [(number, f"{number}组") for number in self.group_ids]

    @property
    def is_narrowed(self) -> bool:
        """Whether some households may be left out."""
        return bool(self.group.data) or self.shown.data != Shown.OPEN.value


class StatementForm(Form):
    """Which lines of a statement are shown, by the day of booking. before: the sequence to go on from."""

    class Meta:
        csrf = False

    first_day = DayField("从哪天")
    last_day = DayField("到哪天")
    before = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])

    def validate_first_day(self, field: DayField) -> None:
        """A day of the book, not after the last one."""
        _check_statement_day(field.data)
        if field.data and isinstance(self.last_day.data, date) and field.data > self.last_day.data:
            raise ValidationError("开始的日子比结束的还晚，请对调。")

    def validate_last_day(self, field: DayField) -> None:
        """A day of the book."""
        _check_statement_day(field.data)


def _check_statement_day(day: date | None) -> None:
    if day is not None and day.year not in STATEMENT_YEARS:
        raise ValidationError("年份不对，请核对。")


class ExportForm(Form):
    """What of the roster leaves the program."""

    class Meta:
        csrf = False

    id_numbers = BooleanField("身份证号（只露后四位）")
    party = BooleanField("是否党员")


# --- households ---


class HouseholdForm(EditForm):
    """Number, group and note of a household."""

    number = LineField("户编号", [InputRequired("请填户编号。"), _CUT], description="写 03-012，或者 3组12号。")
    group = LineField("组别", [InputRequired("请填组别。"), _CUT], description="例如 3 或 3组；没有的组会自动建。")
    note = LineField("备注", [_CUT])
    submit = SubmitField("保存")

    @classmethod
    def showing(cls, household: Household) -> "HouseholdForm":
        """The form filled in with a household as it stands."""
        return cls(
            number=household.number,
            group=str(household.group.number),
            note=household.note,
            version=str(household.version),
        )

    @property
    def group_number(self) -> int:
        """The group as a number. Raises InvalidInputError, also when the household number names another group."""
        return _group_of(self.number.data, self.group.data)


def _group_of(number: str, group: str) -> int:
    group_number = parse_group_number(group)
    check_group(number, group_number)
    return group_number


class ConsentForm(EditForm):
    """The day on which the household signed that its names may be public."""

    consent_on = DayField("签字日期", "请填签字的日期。", description="以纸质同意书上的日期为准。")
    submit = SubmitField("登记同意")


class HeadForm(EditForm):
    """Another member becomes the head."""

    resident = SelectField("新户主", [InputRequired("请选新户主。")])
    former_relation = LineField("原户主与新户主是什么关系", [_CUT], description="例如 父亲、母亲。不填就记作“原户主”。")
    submit = SubmitField("换户主")

    def __init__(self, members: Iterable[Resident], **values: Any) -> None:
        super().__init__(**values)
        others = [(str(member.id), f"{member.name}（{member.relation or '成员'}）") for member in members]
        self.resident.choices = [("", "请选择"), *others]


# --- residents ---


class PersonForm(Form):
    """What is written down of a person. The ID number is taken only when its box is ticked."""

    name = LineField(LABELS["name"], [InputRequired("请填姓名。"), _CUT])
    sex = SelectField(
        LABELS["sex"], choices=[SelectChoice("", "不填"), *(SelectChoice(s.value, n) for s, n in SEX_NAMES.items())]
    )
    born_on = DayField(LABELS["born_on"])
    phone = LineField(LABELS["phone"], [_CUT], render_kw={"inputmode": "tel"})
    residence = SelectField(
        LABELS["residence"], choices=[SelectChoice(value.value, name) for value, name in RESIDENCE_NAMES.items()]
    )
    party_member = SelectField(
        LABELS["party_member"], choices=[SelectChoice(*choice) for choice in PARTY_CHOICES.values()]
    )
    paid_post = LineField(
        LABELS["paid_post"],
        [_CUT],
        description=f"领报酬的岗位，例如 {'、'.join(PAID_POSTS)}；没有就空着。"
        "细则里不给领报酬的本职工作记分的，照这里认。",
        render_kw={"list": "paid-posts"},
    )
    paid_posts = PAID_POSTS
    note = LineField(LABELS["note"], [_CUT])
    record_id_number = BooleanField("要登记身份证号")
    id_number = LineField(
        "身份证号", [_CUT], description="加密保存，以后只显示后四位。", render_kw={"autocomplete": "off"}
    )
    submit = SubmitField("保存")

    def validate_id_number(self, field: LineField) -> None:
        """Ticked and empty is a slip."""
        if self.record_id_number.data and not field.data:
            raise ValidationError("请填身份证号；不登记，就去掉上面的勾。")

    @property
    def details(self) -> ResidentDetails:
        """What was filled in."""
        parties = {value: party for party, (value, _) in PARTY_CHOICES.items()}
        return ResidentDetails(
            name=self.name.data,
            sex=Sex(self.sex.data) if self.sex.data else None,
            born_on=self.born_on.data,
            id_number=self.id_number.data if self.record_id_number.data else None,
            phone=self.phone.data,
            residence=Residence(self.residence.data),
            party_member=parties[self.party_member.data],
            note=self.note.data,
            paid_post=self.paid_post.data,
        )


class ResidentForm(PersonForm, EditForm):
    """A member of a household."""

    relation = LineField(LABELS["relation"], [_CUT], description="例如 配偶、长子、孙女、儿媳。")
    key = HiddenField(validators=[Length(max=64, message=_EXPIRED)])  # of a new one; an edit has its version

    @classmethod
    def showing(cls, resident: Resident, **options: Any) -> "ResidentForm":
        """The form filled in with a person as stored, without the ID number."""
        values = {name: getattr(resident, name) for name in LABELS}
        values["sex"] = resident.sex.value if resident.sex else ""
        values["residence"] = resident.residence.value
        values["party_member"] = PARTY_CHOICES[resident.party_member][0]
        return cls(**values, version=str(resident.version), **options)

    @property
    def details(self) -> ResidentDetails:
        """What was filled in."""
        return replace(super().details, relation=self.relation.data)


class NewHouseholdForm(PersonForm):
    """A household with its head."""

    number = LineField("户编号", [InputRequired("请填户编号。"), _CUT], description="写 03-012，或者 3组12号。")
    group = LineField("组别", [InputRequired("请填组别。"), _CUT], description="例如 3 或 3组；没有的组会自动建。")
    key = HiddenField(validators=_KEY)
    submit = SubmitField("建档")

    @property
    def group_number(self) -> int:
        """The group as a number. Raises InvalidInputError, also when the household number names another group."""
        return _group_of(self.number.data, self.group.data)


class MoveForm(EditForm):
    """A person goes to another household of the village."""

    household = LineField(
        "迁到哪一户", [InputRequired("请填户编号。"), _CUT], description="写户编号，例如 03-012 或 3组12号。"
    )
    relation = LineField("与那家户主的关系", [_CUT], description="例如 儿媳、女婿。")
    submit = SubmitField("迁过去")


# --- the roster ---


class RosterForm(Form):
    """The file of a roster, and what of it is taken."""

    file = FileField("花名册（.xlsx）", render_kw={"accept": ".xlsx"})
    with_id_numbers = BooleanField("收身份证号（加密保存，只显示后四位）")
    with_party = BooleanField("收是否党员")
    submit = SubmitField("先看看会改什么")

    def read(self) -> bytes:
        """The file chosen, of one over the limit just enough to be refused for it. Raises InvalidInputError."""
        content: bytes = self.file.data.read(FILE_BYTES_MAX + 1) if self.file.data else b""
        if not content:
            raise InvalidInputError("请先选一个文件；选了还这样，就是文件是空的。", field="file")
        return content


class ApplyForm(Form):
    """The roster of the preview, by the key under which it was kept, with the boxes that were ticked then."""

    key = HiddenField(validators=_KEY)
    with_id_numbers = HiddenField(validators=[AnyOf(["", "1"])], default="")
    with_party = HiddenField(validators=[AnyOf(["", "1"])], default="")
