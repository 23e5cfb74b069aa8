"""What people fill in about signing in, staff and devices."""

from collections.abc import Sequence

from wtforms import HiddenField, PasswordField, SelectChoice, SelectMultipleField, SubmitField
from wtforms.validators import EqualTo, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from pointsbank.access.models import Role
from pointsbank.access.permissions import ROLE_NAMES
from pointsbank.access.services import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from pointsbank.places.models import Group
from pointsbank.web.forms import Form, LineField

GROUPS_MAX = 200  # of one village
_FITS = Length(max=PASSWORD_LENGTH_MAX, message=f"密码最多 {PASSWORD_LENGTH_MAX} 个字符。")
_NAME_FITS = Length(max=40, message="最多 40 个字。")
# What the browser's own list of passwords goes by.
_OLD_PASSWORD = {"autocomplete": "current-password"}
_NEW_PASSWORD = {"autocomplete": "new-password"}


class SignInForm(Form):
    """Name and password."""

    name = LineField(
        "登录名",
        [InputRequired("请填写登录名，一般就是您的姓名。"), _NAME_FITS],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField("密码", [InputRequired("请填写密码。"), _FITS], render_kw=_OLD_PASSWORD)
    next = HiddenField(validators=[Length(max=2_000)])
    submit = SubmitField("登录")


class PasswordForm(Form):
    """One's own new password."""

    old = PasswordField("现在的密码", [InputRequired("请填写现在的密码。"), _FITS], render_kw=_OLD_PASSWORD)
    new = PasswordField(
        "新密码",
        [InputRequired("请填写新密码。"), _FITS],
        description=f"至少 {PASSWORD_LENGTH_MIN} 个字符。",
        render_kw=_NEW_PASSWORD,
    )
    again = PasswordField(
        "再输一次新密码",
        [InputRequired("请再输一次新密码。"), EqualTo("new", "两次输入的新密码不一样，请重新输入。")],
        render_kw=_NEW_PASSWORD,
    )
    submit = SubmitField("改密码")


class RolesField(SelectMultipleField):
    """Roles as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str = "岗位", **arguments: object) -> None:
        choices = [SelectChoice(role.value, name) for role, name in ROLE_NAMES.items()]
        super().__init__(label, [InputRequired("请至少勾选一个岗位。")], choices=choices, **arguments)

    @property
    def roles(self) -> list[Role]:
        """What was ticked."""
        return [Role(value) for value in self.data]


class GroupsField(SelectMultipleField):
    """Groups as tick boxes; which there are is said by offer."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str = "管哪几个组", **arguments: object) -> None:
        super().__init__(
            label,
            [Length(max=GROUPS_MAX, message="太多了，请重新勾选。")],
            choices=[],
            description="组长（网格员）勾他管的组：只记、只审、只贴这些组的。一个不勾，就是全村。",
            **arguments,
        )
        self.offered: Sequence[Group] = ()

    def offer(self, groups: Sequence[Group]) -> None:
        """The groups of the village."""
        self.offered = groups
        self.choices = [SelectChoice(str(group.id), group.name) for group in groups]

    @property
    def groups(self) -> list[Group]:
        """What was ticked."""
        return [group for group in self.offered if str(group.id) in (self.data or [])]


class NewStaffForm(Form):
    """A new account."""

    name = LineField("姓名", [InputRequired("请填写姓名。"), _NAME_FITS])
    sign_in_name = LineField("登录名", [_NAME_FITS], description="不填就用姓名登录；同名的人要另取一个。")
    roles = RolesField()
    groups = GroupsField()
    submit = SubmitField("添加")


class RolesForm(Form):
    """The roles of a person at a village."""

    roles = RolesField()
    groups = GroupsField()
    submit = SubmitField("保存岗位")


class PairingForm(Form):
    """The name of a kiosk to be."""

    device_name = LineField(
        "自助机的名字", [InputRequired("请给自助机起个名字。"), _NAME_FITS], description="例如 超市自助机。"
    )
    submit = SubmitField("生成配对码")
