"""Cards on paper: ten on a sheet, read back by text reader and scanner, the same bytes every time."""

from dataclasses import replace

import pytest

from pointsbank.cards.documents import CardFace, Layout, cards_pdf
from tests.fonts import registered_fonts
from tests.pdf import codes_of, fonts_of, picture_of, text_of

HEADS = ["㛃𬭎", "阿依古丽·买买提", "欧阳𠅤", "张建国"]


def face(number: int, head: str = "张建国") -> CardFace:
    token = f"{number:043d}"
    return CardFace("清溪村", f"3组 03-{number:03d}", head, f"{number:08d}", "0832-3921234", f"PB1:qingxi:{token}")


@pytest.mark.parametrize("cards", [1, 10, 11])
def test_ten_cards_stand_on_a_sheet_with_backs_behind_them(cards: int) -> None:
    pdf = cards_pdf([face(number) for number in range(cards)], Layout.SHEETS, registered_fonts())
    pages = -(-cards // 10)
    assert text_of(pdf).count("积分怎么用") == cards
    fronts = [codes_of(picture_of(pdf, 150, page)) for page in range(0, 2 * pages, 2)]
    assert {text for texts in fronts for text in texts} == {face(number).qr for number in range(cards)}
    assert [len(texts) for texts in fronts] == [10] * (cards // 10) + ([cards % 10] if cards % 10 else [])


def test_the_name_of_a_card_stands_on_it() -> None:
    text = text_of(cards_pdf([replace(face(7), name="奶奶的")], Layout.SINGLE, registered_fonts()))
    assert "奶奶的" in text
    assert "卡号00000007" in text


def test_a_card_says_what_a_card_must_say() -> None:
    pdf = cards_pdf([face(7)], Layout.SINGLE, registered_fonts())
    text = text_of(pdf)
    for words in ("清溪村", "3组03-007", "张建国", "00000007", "不兑现金、不可转让", "0832-3921234"):
        assert words in text
    assert all(fonts_of(pdf).values())


def test_a_single_card_has_the_size_of_a_bank_card() -> None:
    picture = picture_of(cards_pdf([face(1)], Layout.SINGLE, registered_fonts()), 254)
    assert picture.size == pytest.approx((856, 540), abs=2)


@pytest.mark.parametrize("head", HEADS)
def test_rare_and_long_names_are_whole(head: str) -> None:
    assert head in text_of(cards_pdf([face(1, head)], Layout.SINGLE, registered_fonts()))


def test_the_same_cards_give_the_same_bytes() -> None:
    faces = [face(number) for number in range(3)]
    assert cards_pdf(faces, Layout.SHEETS, registered_fonts()) == cards_pdf(faces, Layout.SHEETS, registered_fonts())
