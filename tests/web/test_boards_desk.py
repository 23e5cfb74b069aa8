"""The month at the desk: deeds of merit are chosen and worded, the board is drafted, frozen and printed."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.boards import queries, services
from pointsbank.foundation.actor import SYSTEM
from pointsbank.places.models import Place
from tests.boards import DAY, PERIOD, consent, make_deed
from tests.factories import make_household, make_staff, make_village
from tests.fonts import prepared_fonts_folder
from tests.pdf import codes_of, picture_of, text_of
from tests.web.conftest import post, sign_in

BOARDS = "/desk/qingxi/boards"
SENTENCE = "背着摔伤的老人走了两里路，送到镇卫生院。"


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def deed(village: Place) -> int:
    household = make_household(village, "蒋卫东", number="07-024", group=7)
    consent(village, household)
    return make_deed(village, household, 500)


@pytest.fixture
def clerk(client: FlaskClient, village: Place) -> FlaskClient:
    sign_in(client, make_staff(village, Role.CLERK))
    return client


@pytest.fixture
def fonts(app: Flask) -> None:
    """The font files where the program looks for them."""
    folder = app.config["POINTSBANK"].fonts_folder
    folder.symlink_to(prepared_fonts_folder(), target_is_directory=True)


def word(client: FlaskClient, serial: int, sentence: str = SENTENCE, seen: str = "") -> TestResponse:
    """Put a deed on the board, or word it anew."""
    return post(client, f"{BOARDS}/{PERIOD}/merits/{serial}", {"sentence": sentence, "seen": seen})


def sentences(village: Place) -> list[str]:
    return [merit.sentence for merit in queries.chosen_merits(village.id, PERIOD)]


# --- addresses ---


@pytest.mark.parametrize(
    "period", ["2026-13", "garbage", "0000-00", "2027-01", "1999-12", "２０２６-02", "%ED%A0%80", "9" * 3_000]
)
def test_a_month_without_a_book_is_not_found(clerk: FlaskClient, deed: int, period: str) -> None:
    for page in ("", "/screen", "/merits", "/board-A3.pdf", "/categories.svg"):
        assert clerk.get(f"{BOARDS}/{period}{page}").status_code == 404, page
    for act in ("close", "freeze", f"merits/{deed}", f"merits/{deed}/up", f"merits/{deed}/remove"):
        assert 400 <= post(clerk, f"{BOARDS}/{period}/{act}", {"sentence": SENTENCE}).status_code < 500, act


@pytest.mark.parametrize("period", ["garbage", "2026-13", "../../", "//evil.example", "x" * 3_000])
def test_a_month_asked_for_that_cannot_be_leads_nowhere(clerk: FlaskClient, deed: int, period: str) -> None:
    assert clerk.get(f"{BOARDS}/", query_string={"period": period}).status_code == 404


@pytest.mark.parametrize(
    "page", ["?period=%00", "%00", "2026-02%00", "2026-02/board-A3%00.pdf", "2026-02/merits?q=%00"]
)
def test_what_no_database_takes_is_refused_with_a_sentence(clerk: FlaskClient, deed: int, page: str) -> None:
    answer = clerk.get(f"{BOARDS}/{page}")
    assert answer.status_code == 400
    assert "请返回" in answer.text


def test_the_month_asked_for_opens_else_the_one_to_do(clerk: FlaskClient, deed: int) -> None:
    assert clerk.get(f"{BOARDS}/?period=2026-03").location == f"{BOARDS}/2026-03"
    for empty in ("", "?period="):
        assert clerk.get(f"{BOARDS}/{empty}").location == f"{BOARDS}/{PERIOD}"


# --- deeds of merit ---


def test_a_deed_is_put_on_the_board_and_taken_off(clerk: FlaskClient, village: Place, deed: int) -> None:
    assert word(clerk, deed).status_code == 303
    page = clerk.get(f"{BOARDS}/{PERIOD}/screen").text
    assert "蒋卫东" in page
    assert SENTENCE in page
    assert post(clerk, f"{BOARDS}/{PERIOD}/merits/{deed}/remove").status_code == 303
    assert sentences(village) == []


def test_the_same_deed_hangs_once(clerk: FlaskClient, village: Place, deed: int) -> None:
    word(clerk, deed)
    answer = word(clerk, deed, "又写了一遍。")
    assert answer.status_code == 409
    assert "又写了一遍。" in answer.text
    assert sentences(village) == [SENTENCE]


def test_two_clerks_do_not_overwrite_each_other(clerk: FlaskClient, village: Place, deed: int) -> None:
    word(clerk, deed)
    word(clerk, deed, "第二个人改的。", SENTENCE)
    answer = word(clerk, deed, "第一个人后改的。", SENTENCE)
    assert answer.status_code == 409
    assert "第一个人后改的。" in answer.text
    assert sentences(village) == ["第二个人改的。"]


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("", "事迹"), ("  \u200b ", "事迹"), ("字" * 61, "60"), ("字" * 10_000, "60"),
        ("请打电话13812345678找他。", "电话"), ("和李秀英一起扫雪。", "李秀英"),
    ],
)  # fmt: skip
def test_a_sentence_that_must_not_hang_is_refused_at_its_field(
    clerk: FlaskClient, village: Place, deed: int, sentence: str, told: str
) -> None:
    make_household(village, "李秀英")
    answer = word(clerk, deed, sentence)
    assert answer.status_code == 422
    assert told in answer.text.split("field-error")[1]
    assert sentences(village) == []


def test_html_in_a_sentence_is_only_text(clerk: FlaskClient, deed: int) -> None:
    word(clerk, deed, "<script>alert(1)</script>")
    for page in ("/merits", "/screen", ""):
        assert "<script>alert" not in clerk.get(f"{BOARDS}/{PERIOD}{page}").text


def test_without_consent_a_deed_is_left_off_and_the_clerk_sees_why(clerk: FlaskClient, village: Place) -> None:
    serial = make_deed(village, make_household(village, "陈大勇"), 300)
    assert word(clerk, serial).status_code == 303
    assert "还没有签姓名公示同意书" in clerk.get(f"{BOARDS}/{PERIOD}/merits").text
    assert SENTENCE not in clerk.get(f"{BOARDS}/{PERIOD}/screen").text


def test_a_deduction_another_month_or_another_village_cannot_be_chosen(
    clerk: FlaskClient, village: Place, deed: int
) -> None:
    household = make_household(village)
    deduction = make_deed(village, household, -100, category="扣分项", name="乱倒垃圾")
    later = make_deed(village, household, 100, day=DAY.replace(month=3))
    other = make_village("miaopo", name="庙坡村")
    for _ in range(5):
        foreign = make_deed(other, make_household(other), 100)
    for serial in (deduction, later, foreign, 10**11, 0):
        assert word(clerk, serial).status_code == 404
    assert sentences(village) == []


@pytest.mark.parametrize("serial", ["x", "-1", "1.5", str(10**12), "9" * 30, "²"])
def test_a_deed_that_cannot_be_is_not_found(clerk: FlaskClient, deed: int, serial: str) -> None:
    assert post(clerk, f"{BOARDS}/{PERIOD}/merits/{serial}", {"sentence": SENTENCE}).status_code == 404
    assert clerk.get(f"{BOARDS}/{PERIOD}/merits", query_string={"deed": serial}).status_code == 200


@pytest.mark.parametrize("words", ["蒋", "jwd", "07-024", "%", "_", "'; --", "字" * 10_000, "\u202e", "😀"])
def test_deeds_are_looked_for_with_any_words(clerk: FlaskClient, deed: int, words: str) -> None:
    page = clerk.get(f"{BOARDS}/{PERIOD}/merits", query_string={"q": words})
    assert page.status_code == 200
    assert ("选这件" in page.text) or ("没有找到" in page.text)


def test_deeds_are_moved_within_their_list(clerk: FlaskClient, village: Place, deed: int) -> None:
    household = make_household(village)
    consent(village, household)
    second = make_deed(village, household, 100)
    word(clerk, deed, "第一件。")
    word(clerk, second, "第二件。")
    for _ in range(2):
        post(clerk, f"{BOARDS}/{PERIOD}/merits/{second}/up")
    assert sentences(village) == ["第二件。", "第一件。"]
    post(clerk, f"{BOARDS}/{PERIOD}/merits/{second}/down")
    assert sentences(village) == ["第一件。", "第二件。"]
    assert post(clerk, f"{BOARDS}/{PERIOD}/merits/{second}/sideways").status_code == 404


# --- freezing ---


def test_a_frozen_month_is_public_and_stays_as_it_is(clerk: FlaskClient, village: Place, deed: int) -> None:
    word(clerk, deed)
    answer = post(clerk, f"{BOARDS}/{PERIOD}/freeze")
    assert answer.status_code == 303
    assert "第 1 期" in clerk.get(answer.location).text
    assert SENTENCE in clerk.get(f"/public/qingxi/{PERIOD}").text
    assert post(clerk, f"{BOARDS}/{PERIOD}/freeze").status_code == 409
    assert word(clerk, deed, "改一改。", SENTENCE).status_code == 409
    assert post(clerk, f"{BOARDS}/{PERIOD}/merits/{deed}/remove").status_code == 409
    assert post(clerk, f"{BOARDS}/{PERIOD}/merits/{deed}/up").status_code == 409
    assert sentences(village) == [SENTENCE]


def test_a_month_that_is_not_over_is_not_frozen(clerk: FlaskClient, village: Place, deed: int) -> None:
    make_deed(village, make_household(village), 100, day=DAY.replace(month=3))
    answer = post(clerk, f"{BOARDS}/2026-03/freeze")
    assert answer.status_code == 409
    assert "还没有过完" in answer.text
    assert queries.frozen_periods(village.id) == []


@pytest.mark.parametrize("role", [Role.SHOPKEEPER, Role.GROUP_HEAD, Role.REVIEWER, Role.OFFICER, Role.ADMINISTRATOR])
def test_only_the_clerk_makes_the_board(client: FlaskClient, village: Place, deed: int, role: Role) -> None:
    sign_in(client, make_staff(village, role))
    assert client.get(f"{BOARDS}/{PERIOD}").status_code == 200
    assert client.get(f"{BOARDS}/{PERIOD}/merits").status_code == 403
    assert client.get(f"{BOARDS}/{PERIOD}/board-A3.pdf").status_code == 403
    for act in ("close", "freeze", f"merits/{deed}", f"merits/{deed}/remove"):
        assert post(client, f"{BOARDS}/{PERIOD}/{act}", {"sentence": SENTENCE}).status_code == 403
    assert queries.frozen_periods(village.id) == []


def test_a_strangers_page_freezes_nothing(clerk: FlaskClient, village: Place, deed: int) -> None:
    for act in ("freeze", "close", f"merits/{deed}"):
        answer = clerk.post(
            f"{BOARDS}/{PERIOD}/{act}", data={"sentence": SENTENCE}, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code == 400
    assert queries.frozen_periods(village.id) == []
    assert sentences(village) == []


# --- paper ---


@pytest.mark.parametrize("size", ["A3", "A4"])
def test_a_draft_says_so_and_a_frozen_board_prints_the_same_bytes_for_ever(
    clerk: FlaskClient, village: Place, deed: int, fonts: None, size: str
) -> None:
    address = f"{BOARDS}/{PERIOD}/board-{size}.pdf"
    draft = clerk.get(address)
    assert draft.mimetype == "application/pdf"
    assert "草稿" in text_of(draft.data)
    snapshot = services.freeze(village, PERIOD, SYSTEM)
    printed = clerk.get(address).data
    make_deed(village, make_household(village), 700)
    assert clerk.get(address).data == printed
    assert "草稿" not in text_of(printed)
    witness = f"pointsbank:1:qingxi:{PERIOD}:{snapshot.head_sequence}:{snapshot.head_digest.hex()}"
    assert codes_of(picture_of(printed, 150)) == [witness]


@pytest.mark.parametrize("size", ["A5", "a3", "A3%20", ""])
def test_other_sizes_are_not_found(clerk: FlaskClient, deed: int, size: str) -> None:
    assert clerk.get(f"{BOARDS}/{PERIOD}/board-{size}.pdf").status_code == 404
