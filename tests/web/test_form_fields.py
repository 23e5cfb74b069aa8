"""Forms clean what is typed, and say at the field what is wrong."""

import re
from typing import Any

import pytest
from flask import Flask, get_template_attribute
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pointsbank.foundation.errors import ConflictError, InvalidInputError
from pointsbank.web.forms import Form, LineField, LinesField, WholeField


class PersonForm(Form):
    key = HiddenField()
    name = LineField("姓名", [InputRequired("请填写姓名。"), Length(max=10)], description="与身份证上一样。")
    age = WholeField("年龄", [Optional(), NumberRange(0, 150, "请填 0 到 150 之间的数。")])
    relation = SelectField("关系", choices=["户主", "配偶"])
    residence = RadioField("居住", choices=["常住", "外出"])
    consent = BooleanField("同意")
    note = LinesField("备注")
    submit = SubmitField("保存")


def filled(app: Flask, **data: Any) -> PersonForm:
    """The form as a browser submitted it."""
    with app.test_request_context("/", method="POST", data=data):
        form = PersonForm(meta={"csrf": False})
        form.validate()
        return form


def rendered(app: Flask, macro: str, *values: Any) -> str:
    with app.test_request_context("/"):
        return str(get_template_attribute("web/macros.html", macro)(*values))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  张  三 ", "张 三"),
        ("张\u200b三\u202e", "张三"),
        ("张\x00三\x1b", "张三"),
        ("张三\ud800", "张三"),
        ("张\r\n三", "张 三"),
        ("㛃𬭎", "㛃𬭎"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
    ],
)
def test_one_line_of_text_loses_what_cannot_be_seen(app: Flask, typed: str, kept: str) -> None:
    with app.test_request_context("/"):
        assert PersonForm(data={"name": typed}, meta={"csrf": False}).name.data == kept


def test_several_lines_stay_several_lines(app: Flask) -> None:
    assert filled(app, note=" 第一行\r\n第二行\u200b \r\n").note.data == "第一行\n第二行"


def test_nothing_but_invisible_characters_is_too_long_for_nobody(app: Flask) -> None:
    assert filled(app, name="张三" + "\u200b" * 100).name.errors == []


def test_the_messages_of_the_library_are_chinese(app: Flask) -> None:
    form = filled(app, name="一二三四五六七八九十十一", age="many")
    for errors in form.errors.values():
        assert re.search("[\u4e00-\u9fff]", errors[0]), errors


def test_an_error_is_tied_to_its_field_for_those_who_cannot_see(app: Flask) -> None:
    field = rendered(app, "field", filled(app, name="").name)
    assert 'aria-invalid="true"' in field
    described_by = re.search(r'aria-describedby="([^"]+)"', field)
    assert described_by is not None
    for part in described_by[1].split():
        assert f'id="{part}"' in field
    assert "请填写姓名。" in field
    assert "与身份证上一样。" in field
    assert "必填" in field


def test_a_field_without_error_says_nothing_of_errors(app: Flask) -> None:
    field = rendered(app, "field", filled(app, name="张三").name)
    assert "aria-invalid" not in field
    assert "field-error" not in field


def test_a_whole_form_shows_every_field_once_with_a_label(app: Flask) -> None:
    html = rendered(app, "form", filled(app, name="张三", relation="户主", residence="常住"))
    for name in ("key", "name", "age", "relation", "consent", "note", "submit"):
        assert html.count(f'name="{name}"') == 1, name
    assert html.count('name="residence"') == 2
    ids = re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', html)
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', html))
    assert set(ids) - labelled == {"key", "submit"}


def test_what_a_service_refused_stands_at_its_field(app: Flask) -> None:
    form = filled(app, name="张三", relation="户主", residence="常住")
    assert form.refuse(InvalidInputError("这个名字已经有了。", field="name")) == 422
    assert "这个名字已经有了。" in rendered(app, "field", form.name)


def test_what_no_field_is_to_blame_for_stands_above_the_form(app: Flask) -> None:
    form = filled(app, name="张三", relation="户主", residence="常住")
    assert form.refuse(ConflictError("刚才有人改动过。", field="elsewhere")) == 409
    assert re.search(r'role="alert">.*?刚才有人改动过。', rendered(app, "form", form), re.S)


def test_values_are_escaped(app: Flask) -> None:
    field = rendered(app, "field", filled(app, name='"><script>').name)
    assert "<script>" not in field


@pytest.mark.parametrize(("typed", "number"), [("12", 12), ("１２", 12), (" 7 ", 7), ("007", 7), ("", None)])
def test_a_whole_number_is_read_from_its_digits(app: Flask, typed: str, number: int | None) -> None:
    form = filled(app, name="张三", relation="户主", residence="常住", age=typed)
    assert (form.age.data, list(form.age.errors)) == (number, [])


@pytest.mark.parametrize("typed", ["1_000", "1,000", "-1", "+1", "1e3", "NaN", "5岁", "1.5", "9" * 400, "٣"])
def test_what_is_no_whole_number_is_told_at_the_field(app: Flask, typed: str) -> None:
    form = filled(app, name="张三", relation="户主", residence="常住", age=typed)
    assert form.age.data is None
    assert form.age.errors[0] == "要填整数。"
