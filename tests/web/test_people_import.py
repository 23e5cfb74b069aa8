"""A roster is uploaded once, previewed, and then taken as a whole or not at all."""

import re
import stat
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from config import Config
from pointsbank import create_app
from pointsbank.access.models import Role
from pointsbank.foundation import spreadsheets
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.people import forms, services, sheets
from pointsbank.people.models import Household, Resident
from pointsbank.people.services import ResidentDetails
from pointsbank.people.sheets import keeping
from pointsbank.people.views import roster as views
from pointsbank.places.models import Place
from tests.factories import make_household, make_staff, make_village
from tests.rosters import id_number, large_roster, roster, row
from tests.web.conftest import post, sign_in

PEOPLE = "/desk/qingxi/people/"
FAMILY = [row("01-001", "张三", "户主"), row(None, "李小芳", "配偶", group=None, phone="138 1234 1234")]


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK, name="文书甲"))
    return place


@pytest.fixture
def uploads(config: Config) -> Path:
    """Where uploads are kept between preview and import."""
    return config.instance / "uploads"


def preview(client: FlaskClient, content: bytes, **ticks: str) -> TestResponse:
    return post(client, f"{PEOPLE}import", {"file": (BytesIO(content), "花名册.xlsx"), **ticks})


def hidden(page: TestResponse) -> dict[str, str]:
    """The fields of the form that applies a preview; empty when there is none."""
    form = re.search(r'<form[^>]*action="[^"]*/import/apply".*?</form>', page.text, re.DOTALL)
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0])) if form else {}


def apply(client: FlaskClient, fields: dict[str, str]) -> TestResponse:
    return client.post(f"{PEOPLE}import/apply", data=fields)


def words(page: TestResponse) -> str:
    return " ".join(re.sub("<[^>]+>", " ", page.text).split())


def residents() -> int:
    return session().scalar(select(func.count()).select_from(Resident)) or 0


def person(name: str) -> Resident:
    return session().scalars(select(Resident).where(Resident.name == name)).one()


def test_the_page_says_that_id_numbers_and_party_are_taken_only_when_ticked(
    client: FlaskClient, village: Place
) -> None:
    page = client.get(f"{PEOPLE}import")
    assert page.status_code == 200
    assert "身份证号和党员两列，只有勾了才看" in page.text
    for name in ("with_id_numbers", "with_party"):
        assert re.search(rf'<input[^>]*name="{name}"[^>]*type="checkbox"', page.text)
        assert not re.search(rf'<input[^>]*checked[^>]*name="{name}"', page.text)


def test_a_roster_is_previewed_and_then_taken_without_choosing_it_again(client: FlaskClient, village: Place) -> None:
    page = preview(client, roster(FAMILY))
    assert page.status_code == 200
    shown = words(page)
    assert "新增的人 2 人 1 户是新的" in shown
    assert "2 01-001 1组 张三 户主" in shown
    assert residents() == 0
    answer = apply(client, hidden(page))
    assert (answer.status_code, answer.location) == (303, PEOPLE)
    assert "新增 2 人，改动 0 人，不变 0 人" in client.get(PEOPLE).text
    assert person("李小芳").household.head_name == "张三"


def test_an_untidy_roster_is_taken(client: FlaskClient, village: Place) -> None:
    rows = [
        row("０１－００１", "王 大 明", "户主", group="第一组", sex="男", born="1975.3.4"),
        row(None, "㛃𬭎", "配偶", group=None, residence="外出务工"),
        row("小计", None, group=None),
        row("02-001", "阿依古丽•买买提", None, group="二社", head="阿依古丽·买买提"),
    ]
    page = preview(client, roster(rows, titles=("清溪村村民名册", "2026年3月")))
    assert apply(client, hidden(page)).status_code == 303
    assert person("㛃𬭎").household.number == "01-001"
    assert person("阿依古丽·买买提").relation == "户主"


def test_the_preview_says_what_is_changed_into_what(client: FlaskClient, village: Place) -> None:
    apply(client, hidden(preview(client, roster([row("511", "张三", "户主"), *FAMILY[1:]]))))
    changed = [
        row("511", "张三", "户主", group="2组"),
        row(None, "李小芳", "配偶", group=None, phone="13900000000"),
        row("01-002", "王五", "户主"),
    ]
    page = preview(client, roster(changed))
    shown = words(page)
    assert "新增的人 1 人" in shown
    assert "有改动的人 2 人" in shown
    assert "联系电话： 13812341234 → 13900000000" in shown
    assert "组别： 1组 → 2组" in shown
    apply(client, hidden(page))
    assert (person("李小芳").phone, person("张三").household.group.number) == ("13900000000", 2)


def test_a_roster_that_changes_nothing_has_nothing_to_press(client: FlaskClient, village: Place) -> None:
    apply(client, hidden(preview(client, roster(FAMILY))))
    page = preview(client, roster(FAMILY))
    assert "表里的 2 人和名册一样，不用导入" in page.text
    assert hidden(page) == {}
    assert "表头下面没有人" in preview(client, roster([])).text


def test_one_refused_row_is_shown_with_its_cell_and_nothing_can_be_taken(
    client: FlaskClient, village: Place, uploads: Path
) -> None:
    rows = [*FAMILY, row("01-002", "李四", "户主", phone="打电话", sex="?")]
    page = preview(client, roster(rows))
    assert page.status_code == 422
    shown = words(page)
    assert "有 2 处要改，所以现在不能导入，什么都没有写入" in shown
    assert "4 性别 性别请填“男”或“女”" in shown
    assert "4 联系电话 电话要写一个号码" in shown
    assert hidden(page) == {}
    assert not uploads.exists()
    assert residents() == 0


def test_the_file_is_chosen_again_above_what_was_refused(client: FlaskClient, village: Place) -> None:
    page = preview(client, roster([*FAMILY, row("01-002", "李四", "户主", sex="?")])).text
    assert (
        page.index('type="file"') < page.index("性别请填") < page.index("新增的人</h2>") < page.index('href="#again"')
    )
    assert page.count('type="file"') == page.count('id="again"') == 1


def test_a_sentence_about_many_rows_is_said_once(client: FlaskClient, village: Place) -> None:
    rows = [row(f"01-{at:03d}", "李四", "户主", sex="?" if at != 4 else "男") for at in range(1, 101)]
    page = preview(client, roster(rows))
    assert words(page).count("性别请填“男”或“女”") == 1
    assert "2–4、6–101 共 99 行 性别" in words(page)
    assert "有 99 处要改" in words(page)


def test_of_many_sentences_the_first_are_listed_and_the_rest_counted(client: FlaskClient, village: Place) -> None:
    rows = [row(f"01-{at:03d}", "李四", "户主", born=f"{at}日") for at in range(1, 61)]
    shown = words(preview(client, roster([*rows, row("01-061", "王五", "户主", born="60日")])))
    assert shown.count("看不懂或不存在") == views.REFUSALS_MAX
    assert "只列出前 50 种问题，另有 11 行没有列出" in shown


def test_a_name_that_fits_two_is_refused_with_the_candidates(client: FlaskClient, village: Place) -> None:
    rows = [row("01-001", "张三", "户主"), row("01-001", "张小", "子", born="2001-01-01")]
    rows += [row("01-001", "张小", "子", born="2003-03-03")]
    apply(client, hidden(preview(client, roster(rows))))
    page = preview(client, roster([row("01-001", "张小", "子")]))
    assert page.status_code == 422
    assert "2 姓名 这户已有 2 个张小（2001-01-01 生、2003-03-03 生），分不清是哪一个" in words(page)


# --- what is collected ---


def test_id_numbers_and_party_are_not_looked_at_unless_ticked(client: FlaskClient, village: Place) -> None:
    number = id_number("19750304", 51)
    content = roster(
        [row("01-001", "张三", "户主", id=number, party="是"), row("1-2", "李四", "户主", id="bad", party="?")]
    )
    page = preview(client, content)
    assert page.status_code == 200
    assert "身份证号：不看。党员：不看。" in page.text
    apply(client, hidden(page))
    assert (person("张三").id_number_digest, person("张三").party_member) == (None, None)
    assert preview(client, content, with_id_numbers="y").status_code == 422


def test_ticked_columns_are_taken_and_id_numbers_never_shown_whole(client: FlaskClient, village: Place) -> None:
    first, second = id_number("19750304", 51), id_number("19750304", 53)
    ticks = {"with_id_numbers": "y", "with_party": "y"}
    page = preview(client, roster([row("01-001", "张三", "户主", id=first, party="是")]), **ticks)
    assert first not in page.text
    apply(client, hidden(page))
    assert person("张三").id_number_digest is not None
    assert person("张三").party_member is True
    changed = preview(client, roster([row("01-001", "张三", "户主", id=second, born="1975-03-04")]), **ticks)
    assert second not in changed.text
    assert first not in changed.text


# --- files that are none ---


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"", 422, "请先选一个文件"),
        ("户编号,姓名\n1,张三".encode("gbk"), 422, "不是 .xlsx"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600, 422, "旧版的 .xls"),
        (b"PK\x03\x04 and no more", 422, "损坏"),
        (roster([["1", "2"]], header=("甲", "乙")), 422, "没有找到表头"),
        (roster([["01-001"]], header=("户编号",)), 422, "“姓名”"),
        (roster([["1", "1", "张三"]], header=("户编号", "户号", "姓名")), 422, "不止一次"),
    ],
)
def test_a_file_that_is_no_roster_is_told_at_the_field(
    client: FlaskClient, village: Place, uploads: Path, content: bytes, status: int, reason: str
) -> None:
    answer = preview(client, content, with_party="y")
    assert answer.status_code == status
    assert reason in answer.text
    assert re.search(r'<input[^>]*checked[^>]*name="with_party"', answer.text)  # the tick is kept
    assert not uploads.exists()


def test_no_file_at_all_and_text_in_its_place_are_told(client: FlaskClient, village: Place) -> None:
    for data in ({}, {"file": "C:\\花名册.xlsx"}):
        answer = post(client, f"{PEOPLE}import", data)
        assert answer.status_code == 422
        assert "请先选一个文件" in answer.text


def test_a_file_over_the_limit_is_told_at_the_field(
    client: FlaskClient, village: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (forms, spreadsheets):
        monkeypatch.setattr(module, "FILE_BYTES_MAX", 100_000)
    answer = preview(client, b"PK" + b"x" * 200_000)
    assert answer.status_code == 413
    assert re.search(r'id="file-error".*?请分成几个文件上传', answer.text, re.DOTALL)


# --- between preview and import ---


def test_the_upload_is_sealed_and_read_by_nobody_else_on_the_machine(
    client: FlaskClient, village: Place, uploads: Path
) -> None:
    content = roster(FAMILY)
    preview(client, content)
    [kept] = uploads.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(uploads.stat().st_mode) == 0o700
    assert content[:20] not in kept.read_bytes()


def test_pressing_twice_imports_once(client: FlaskClient, village: Place) -> None:
    fields = hidden(preview(client, roster(FAMILY)))
    assert apply(client, fields).status_code == apply(client, fields).status_code == 303
    assert residents() == 2
    assert session().scalar(select(func.count()).select_from(Household)) == 1


def test_the_same_key_with_other_ticks_is_refused(client: FlaskClient, village: Place) -> None:
    fields = hidden(preview(client, roster(FAMILY)))
    apply(client, fields)
    assert apply(client, {**fields, "with_party": "1"}).status_code == 409


def test_a_colleague_cannot_take_somebodys_upload(app: Flask, client: FlaskClient, village: Place) -> None:
    fields = hidden(preview(client, roster(FAMILY)))
    other = app.test_client()
    sign_in(other, make_staff(village, Role.CLERK, name="文书乙"))
    token = hidden(preview(other, roster(FAMILY)))["csrf_token"]
    answer = apply(other, {**fields, "csrf_token": token})
    assert answer.status_code == 422
    assert "请重新选一次文件" in answer.text
    assert residents() == 0


def test_an_upload_of_one_village_is_not_taken_in_another(client: FlaskClient, village: Place) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    both = make_staff(miaopo, Role.CLERK, name="两村文书")
    sign_in(client, both)
    page = post(client, "/desk/miaopo/people/import", {"file": (BytesIO(roster(FAMILY)), "a.xlsx")})
    fields = hidden(page)
    assert fields
    assert client.post(f"{PEOPLE}import/apply", data=fields).status_code == 404
    assert residents() == 0


@pytest.mark.parametrize("key", ["", "../../secrets.json", "k" * 65, "没有", "0" * 32])
def test_a_key_that_keeps_nothing_is_told(client: FlaskClient, village: Place, key: str) -> None:
    fields = hidden(preview(client, roster(FAMILY)))
    answer = apply(client, {**fields, "key": key})
    assert answer.status_code == 422
    assert "重新选一次文件" in answer.text
    assert residents() == 0


def test_an_upload_is_kept_for_hours_only(
    client: FlaskClient, village: Place, uploads: Path, still_clock: FixedClock
) -> None:
    fields = hidden(preview(client, roster(FAMILY)))
    still_clock.move(timedelta(hours=keeping.KEPT_HOURS_MAX, minutes=1))
    answer = apply(client, fields)
    assert answer.status_code == 422
    assert "预览放得太久" in answer.text
    preview(client, roster(FAMILY))
    assert len(list(uploads.iterdir())) == 1


def test_what_nobody_came_back_for_goes_when_the_program_starts(
    client: FlaskClient, village: Place, uploads: Path, still_clock: FixedClock, config: Config
) -> None:
    preview(client, roster(FAMILY))
    create_app(config)
    assert len(list(uploads.iterdir())) == 1
    still_clock.move(timedelta(hours=keeping.KEPT_HOURS_MAX, minutes=1))
    create_app(config)
    assert list(uploads.iterdir()) == []


def test_one_person_keeps_a_few_uploads_only(
    client: FlaskClient, village: Place, uploads: Path, still_clock: FixedClock
) -> None:
    pages = []
    for _ in range(keeping.KEPT_FILES_MAX + 2):
        pages.append(preview(client, roster(FAMILY)))
        still_clock.move(timedelta(minutes=1))
    assert len(list(uploads.iterdir())) == keeping.KEPT_FILES_MAX
    assert apply(client, hidden(pages[0])).status_code == 422
    assert apply(client, hidden(pages[-1])).status_code == 303


def test_an_upload_that_was_cut_off_is_told(client: FlaskClient, village: Place, uploads: Path) -> None:
    fields = hidden(preview(client, roster(FAMILY)))
    [kept] = uploads.iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert apply(client, fields).status_code == 422
    assert residents() == 0


def test_a_roster_changed_since_the_preview_is_looked_at_again_and_nothing_is_done(
    client: FlaskClient, village: Place
) -> None:
    fields = hidden(preview(client, roster([row("01-001", "李四", "户主"), row("01-002", "王五", "户主")])))
    taken = make_household(village, "张三", number="1-1")
    for born_on in (date(2001, 1, 1), date(2003, 3, 3)):
        details = ResidentDetails("李四", "子", born_on=born_on)
        services.add_resident(village, taken.id, details, SYSTEM, new_key())
    before = residents()
    answer = apply(client, fields)
    assert answer.status_code == 409
    assert "分不清是哪一个" in answer.text
    assert residents() == before


# --- out again, and long lists ---


def test_the_empty_sheet_has_the_columns_and_reads_back(client: FlaskClient, village: Place) -> None:
    answer = client.get(f"{PEOPLE}roster-template.xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    [header] = sheet.values
    assert {"户编号", "组别", "姓名"} <= set(header)
    assert {"身份证号", "党员"}.isdisjoint(header)
    assert sheets.plan_import(village, answer.data, with_id_numbers=True, with_party=True).rows == []
    full = client.get(f"{PEOPLE}roster-template.xlsx?id_numbers=1&party=1")
    sheet = openpyxl.load_workbook(BytesIO(full.data)).active
    assert sheet is not None
    assert {"身份证号", "党员"} <= set(next(iter(sheet.values)))


def test_a_long_preview_counts_all_and_lists_the_first(
    client: FlaskClient, village: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PREVIEW_ROWS_MAX", 10)
    page = preview(client, large_roster(30))
    shown = words(page)
    assert "新增的人 30 人 10 户是新的" in shown
    assert "只列出前 10 行，还有 20 行没有列出" in shown
    assert page.text.count('<th scope="row">') == 10
