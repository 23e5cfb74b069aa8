"""What a good may be besides: a service, of one season, with a barcode of the shop's own, with a photo."""

import io
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from PIL import Image

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.pictures import FILE_BYTES_MAX
from pointsbank.market import never_given, queries, services, stock
from pointsbank.market.errors import NeverGivenError
from pointsbank.market.services import GoodDetails
from pointsbank.market.services.goods.photos import SIDE_PIXELS_MAX
from pointsbank.market.sheets.goods import apply_import, export_goods, plan_import
from pointsbank.places.models import Place
from tests.conftest import both_databases, sqlite_is_enough
from tests.factories import delivery, make_good, make_village
from tests.flows.test_goods_sheet import SOAP, refusal, sheet

pytestmark = both_databases

HAIRCUT = GoodDetails(
    "FW1", "理发", "次", "服务", 2_000, is_service=True, provider="王师傅理发店", service_on=date(2026, 4, 1)
)
DUMPLINGS = GoodDetails("ZZ1", "粽子", "个", "粮油副食", 500, season_from="5月20日", season_to="6-30")


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def picture(side: int = 1_600, kind: str = "JPEG") -> bytes:
    """A photo with the place where it was taken."""
    stream, image = io.BytesIO(), Image.new("RGB", (side, side // 2), "orange")
    exif = image.getexif()
    exif.get_ifd(0x8825)[1] = "N"
    image.save(stream, kind, exif=exif)
    return stream.getvalue()


# --- services and seasons ---


def test_a_service_is_always_there_and_cannot_be_received(village: Place) -> None:
    good = queries.good(village.id, services.add_good(village, HAIRCUT, SYSTEM))
    assert (good.is_service, good.provider, good.service_on) == (True, "王师傅理发店", date(2026, 4, 1))
    stock.check_available(good, 999)
    with pytest.raises(InvalidInputError, match="不用入库"):
        services.receive(village, delivery((good.id, 5)), SYSTEM, "tap")


@sqlite_is_enough
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("stock_min", replace(HAIRCUT, stock_min=3)),
        ("shelf_life_days", replace(HAIRCUT, shelf_life_days=30)),
        ("service_on", replace(HAIRCUT, service_on=date(9999, 1, 1))),
        ("provider", replace(HAIRCUT, is_service=False)),
        ("season_to", replace(DUMPLINGS, season_to="")),
        ("season_from", replace(DUMPLINGS, season_from="2月30日")),
        ("season_from", replace(DUMPLINGS, season_from="5.20")),
    ],
)
def test_what_does_not_go_together_is_refused_at_its_field(village: Place, field: str, wrong: GoodDetails) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.add_good(village, wrong, SYSTEM)
    assert refused.value.field == field


@sqlite_is_enough
def test_what_was_in_stock_does_not_turn_into_a_service(village: Place) -> None:
    rice, fresh = make_good(village, on_hand=1), make_good(village, on_hand=0)
    turned = replace(services.details_of(rice), stock_min=0, is_service=True)
    with pytest.raises(InvalidInputError, match="不能改成服务"):
        services.change_good(village, rice.serial, turned, rice.version, SYSTEM)
    turned = replace(services.details_of(fresh), stock_min=0, is_service=True)
    assert services.change_good(village, fresh.serial, turned, fresh.version, SYSTEM)


def test_services_and_seasons_come_back_unchanged_by_the_sheet(village: Place) -> None:
    services.add_good(village, HAIRCUT, SYSTEM)
    services.add_good(village, DUMPLINGS, SYSTEM)
    again = plan_import(village, export_goods(village))
    assert (again.unchanged, again.changed, again.new, again.refused) == (2, 0, 0, [])
    row = {**SOAP, "商品编号": "ZZ1", "名称": "粽子", "应季从": date(2026, 5, 1), "应季到": "6月20日"}
    assert apply_import(village, sheet(row), SYSTEM, "tap").changed == 1
    [_, dumplings] = queries.goods(village.id)
    assert (dumplings.season_from, dumplings.season_to) == ("05-01", "06-20")


# --- what is never given ---


@sqlite_is_enough
def test_what_is_never_given_is_refused_at_entry_and_by_the_sheet(village: Place) -> None:
    with pytest.raises(NeverGivenError):
        services.add_good(village, GoodDetails("J1", "高粱酒", "瓶", "酒水", 5_000), SYSTEM)
    assert queries.goods(village.id) == []
    row, column, reason = refusal(village, {**SOAP, "名称": "高粱酒"})
    assert (row, column) == (2, "名称")
    assert "属于酒，按规定不能用积分换" in reason


@sqlite_is_enough
def test_what_was_there_before_can_only_be_taken_off_the_shelf(village: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before_the_list:
        before_the_list.setattr(never_given, "check", lambda *_: None)
        good = make_good(village, "高粱酒")
    assert plan_import(village, export_goods(village)).unchanged == 1
    details = services.details_of(good)
    with pytest.raises(NeverGivenError):
        services.change_good(village, good.serial, replace(details, points_price=100), 1, SYSTEM)
    assert services.change_good(village, good.serial, replace(details, offered=False), 1, SYSTEM)


# --- barcodes ---


def test_a_barcode_of_the_shop_is_made_once_and_is_never_one_that_is_taken(village: Place) -> None:
    make_good(village, "大米", barcodes=("2000000000022",))
    soap = queries.good(village.id, services.add_good(village, GoodDetails("S1", "香皂", "块", "洗涤", 900), SYSTEM))
    made = services.make_barcode(village, soap.serial, SYSTEM)
    assert made[:2] == "21"
    assert services.make_barcode(village, soap.serial, SYSTEM) == made
    assert [good.name for good in queries.goods_scanned(village.id, made)] == ["香皂"]
    serial = services.add_good(village, GoodDetails("S2", "肥皂", "块", "洗涤", 900), SYSTEM, makes_barcode=True)
    assert [row.barcode for row in queries.good(village.id, serial).barcodes] == ["2000000000039"]


# --- photos ---


def test_a_photo_is_made_anew_small_and_without_the_place(village: Place) -> None:
    good = make_good(village)
    assert queries.photo(village.id, good.serial) is None
    for number, kind in enumerate(("JPEG", "PNG", "WEBP")):
        assert services.put_photo(village, good.serial, picture(kind=kind), SYSTEM) is (number > 0)
        content = queries.photo(village.id, good.serial)
        assert content is not None
        with Image.open(io.BytesIO(content)) as stored:
            assert (stored.format, stored.size, dict(stored.getexif())) == ("JPEG", (SIDE_PIXELS_MAX, 400), {})
    first = queries.good(village.id, good.serial).photo_digest
    assert services.put_photo(village, good.serial, picture(400), SYSTEM)
    assert queries.good(village.id, good.serial).photo_digest not in ("", first)
    assert services.remove_photo(village, good.serial, SYSTEM)
    assert not services.remove_photo(village, good.serial, SYSTEM)
    assert (queries.photo(village.id, good.serial), queries.good(village.id, good.serial).photo_digest) == (None, "")


@sqlite_is_enough
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"<svg onload='x'/>",
        b"%PDF-1.7",
        b"\xff\xd8\xff broken",
        b"\xff\xd8\xff" + bytes(FILE_BYTES_MAX),
    ],
    ids=["empty", "text", "svg", "pdf", "broken", "large"],
)
def test_what_is_no_photo_is_told_at_the_field(village: Place, content: bytes) -> None:
    good = make_good(village, on_hand=0)
    with pytest.raises(PointsBankError) as refused:
        services.put_photo(village, good.serial, content, SYSTEM)
    assert refused.value.field == "file"
    assert queries.photo(village.id, good.serial) is None
