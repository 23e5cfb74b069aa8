"""A file that is no sheet, or too much of one, is refused in a sentence, whatever is in it."""

import random
import zipfile
from io import BytesIO

import pytest

from pointsbank.foundation.errors import InvalidInputError, TooLargeError
from pointsbank.foundation.spreadsheets import FILE_BYTES_MAX, ROWS_MAX, Column, read_sheet, write_sheet

COLUMNS = (Column("姓名", required=True), Column("备注"))


def good() -> bytes:
    return write_sheet("名册", COLUMNS, [("张三", "甲"), ("李四", "乙")])


def with_member(name: str, data: bytes, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(good())) as source, zipfile.ZipFile(buffer, "w", compression) as target:
        for other in source.namelist():
            if other != name:
                target.writestr(other, source.read(other))
        target.writestr(name, data)
    return buffer.getvalue()


def sheet_xml(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "这不是 .xlsx 表格"),
        ("姓名,备注\n张三,甲\n".encode("gbk"), "这不是 .xlsx 表格"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "这不是 .xlsx 表格"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "旧版的 .xls"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "设了密码"),
        (b"PK\x03\x04" + bytes(100), "损坏或不完整"),
        (good()[: len(good()) // 2], "损坏或不完整"),
    ],
)
def test_what_is_no_sheet_is_called_by_its_name(content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence) as refused:
        read_sheet(content, COLUMNS)
    assert refused.value.field == "file"


def test_a_zip_of_other_things_is_refused() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(InvalidInputError, match="打不开"):
        read_sheet(buffer.getvalue(), COLUMNS)


def test_a_file_over_its_size_is_refused_unread() -> None:
    with pytest.raises(TooLargeError, match="5 MB"):
        read_sheet(bytes(FILE_BYTES_MAX + 1), COLUMNS)


def test_a_zip_bomb_is_stopped_while_it_unpacks() -> None:
    bomb = with_member("xl/worksheets/sheet1.xml", sheet_xml("<row/>" * 9_000_000))
    assert len(bomb) < 200_000
    with pytest.raises(TooLargeError, match="解开以后太大"):
        read_sheet(bomb, COLUMNS)


def test_a_compression_that_unpacks_without_limit_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="打不开"):
        read_sheet(with_member("xl/media/x", b"1" * 1000, zipfile.ZIP_BZIP2), COLUMNS)


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(TooLargeError, match="20,000 行"):
        read_sheet(write_sheet("名册", COLUMNS, [("张三", "甲")] * (ROWS_MAX + 11)), COLUMNS)


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>nan</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>999</v></c></row>',
        '<row r="x"><c><v>1</v></c></row>',
        '<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="d"><v>never</v></c></row>',
        "<row",
    ],
)
def test_a_sheet_made_by_hand_to_hurt_is_refused(rows: str) -> None:
    with pytest.raises(InvalidInputError):
        read_sheet(with_member("xl/worksheets/sheet1.xml", sheet_xml(rows)), COLUMNS)


def test_entities_that_multiply_are_refused() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>'.encode() + sheet_xml("<row><c><v>&e9;</v></c></row>")
    with pytest.raises(InvalidInputError):
        read_sheet(with_member("xl/worksheets/sheet1.xml", xml), COLUMNS)


def test_links_to_other_files_are_left_alone() -> None:
    content = with_member("xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    assert len(read_sheet(content, COLUMNS)) == 2


def test_whatever_bytes_are_hurt_the_answer_is_rows_or_a_sentence() -> None:
    chance, content = random.Random(7), good()
    for _ in range(200):
        hurt = bytearray(content)
        for _ in range(chance.randint(1, 12)):
            hurt[chance.randrange(len(hurt))] = chance.randrange(256)
        try:
            rows = read_sheet(bytes(hurt), COLUMNS)
        except (InvalidInputError, TooLargeError) as refused:
            assert refused.message  # noqa: PT017 - either answer is right
        else:
            assert all(row.number > 1 for row in rows)
