"""What people say of a good: how it is cleaned, and how a change of it is said in words."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any

from stdnum import ean

from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.periods import SPAN_NAMES, Span
from pointsbank.foundation.points import FEN_MAX, POINTS_MAX, format_points, format_yuan
from pointsbank.foundation.texts import clean_text
from pointsbank.market.models import Good
from pointsbank.market.services.baskets import QUANTITY_MAX
from pointsbank.market.services.goods.barcodes import clean_barcode
from pointsbank.market.stock import PIECES_MAX

BARCODES_MAX = 10  # of one good: its makers change, but not that often
SHELF_LIFE_DAYS_MAX = 36_500
SERVICE_YEARS = (2020, 2)  # the first year of a service's day, and how many years it may lie ahead
LABELS = {
    "code": "商品编号",
    "name": "名称",
    "name_en": "英文名",
    "spec": "规格",
    "unit": "单位",
    "category": "类别",
    "cost_fen": "成本价（元）",
    "points_price": "兑换积分",
    "stock_min": "最低库存",
    "shelf_life_days": "保质期（天）",
    "limit_quantity": "每户限换",
    "limit_span": "限换期限",
    "offered": "上架",
    "barcodes": "条码",
    "is_service": "服务",
    "provider": "谁来服务",
    "service_on": "服务日",
    "season_from": "应季从",
    "season_to": "应季到",
}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}")
_DAY_OF_YEAR = re.compile(r"(?:[0-9]{4}[-/年])?([0-9]{1,2})[-/月]([0-9]{1,2})日?")
_LEAP_YEAR = 2024  # February 29 is a day of the year like any other


@dataclass(frozen=True, slots=True)
class GoodDetails:
    """What people say of a good. Price in units, cost in fen; shelf_life_days 0: does not expire.

    A service has a provider and perhaps one day, and no stock. season_from and season_to: MM-DD, both or neither.
    """

    code: str
    name: str
    unit: str
    category: str
    points_price: int
    cost_fen: int = 0
    name_en: str = ""
    spec: str = ""
    stock_min: int = 0
    shelf_life_days: int = 0
    limit_quantity: int | None = None  # per household within limit_span
    limit_span: Span | None = None
    offered: bool = True
    barcodes: tuple[str, ...] = ()
    is_service: bool = False
    provider: str = ""
    service_on: date | None = None
    season_from: str | None = None
    season_to: str | None = None


def details_of(good: Good) -> GoodDetails:
    """A good as its details stand, with the price of today."""
    stored: dict[str, Any] = {field.name: getattr(good, field.name) for field in fields(GoodDetails)}
    stored["points_price"] = good.price_on(clock.today())
    return GoodDetails(**{**stored, "barcodes": tuple(sorted(barcode.barcode for barcode in good.barcodes))})


def cleaned(details: GoodDetails) -> GoodDetails:
    """Details as they are stored. Raises InvalidInputError at the field that cannot be taken."""
    _check_number(details.points_price, 1, POINTS_MAX, "兑换积分", "points_price", format_points)
    _check_number(details.cost_fen, 0, FEN_MAX, "成本价", "cost_fen", format_yuan)
    _check_number(details.stock_min, 0, PIECES_MAX, "最低库存", "stock_min")
    _check_number(details.shelf_life_days, 0, SHELF_LIFE_DAYS_MAX, "保质期天数", "shelf_life_days")
    if (details.limit_quantity is None) != (details.limit_span is None):
        raise InvalidInputError("每户限换的数量和期限要一起填，或者都空着。", field="limit_quantity")
    if details.limit_quantity is not None:
        _check_number(details.limit_quantity, 1, QUANTITY_MAX, "每户限换数量", "limit_quantity")
    _check_service(details)
    season_from, season_to = _cleaned_season(details)
    return replace(
        details,
        code=clean_code(details.code),
        name=clean_text(details.name, what="名称", length_max=60, required=True, field="name"),
        name_en=clean_text(details.name_en, what="英文名", length_max=80, field="name_en"),
        spec=clean_text(details.spec, what="规格", length_max=60, field="spec"),
        unit=clean_text(details.unit, what="单位", length_max=20, required=True, field="unit"),
        category=clean_text(details.category, what="类别", length_max=40, required=True, field="category"),
        provider=clean_text(details.provider, what="谁来服务", length_max=40, field="provider"),
        barcodes=_cleaned_barcodes(details.barcodes),
        season_from=season_from,
        season_to=season_to,
    )


def _check_number(number: int, least: int, most: int, what: str, field: str, written: Any = str) -> None:
    if not least <= number <= most:
        raise InvalidInputError(f"{what}要在 {written(least)} 到 {written(most)} 之间。", field=field)


def _check_service(details: GoodDetails) -> None:
    """A service has no stock, and only a service is done by somebody. Raises InvalidInputError."""
    if not details.is_service:
        for field, value in (("provider", details.provider), ("service_on", details.service_on)):
            if value:
                raise InvalidInputError(f"“{LABELS[field]}”只有服务才填。是服务就勾上“服务”，不是就空着。", field=field)
        return
    for field, number in (("stock_min", details.stock_min), ("shelf_life_days", details.shelf_life_days)):
        if number:
            raise InvalidInputError(f"服务没有库存，{LABELS[field]}请填 0。", field=field)
    first_year, years_ahead = SERVICE_YEARS
    day = details.service_on
    if day is not None and not first_year <= day.year <= clock.today().year + years_ahead:
        raise InvalidInputError("服务日的年份不对，请核对。", field="service_on")


def _cleaned_season(details: GoodDetails) -> tuple[str, str] | tuple[None, None]:
    """First and last day of the season as MM-DD. Raises InvalidInputError."""
    if not details.season_from and not details.season_to:
        return None, None
    if not details.season_from or not details.season_to:
        missing = "season_to" if details.season_from else "season_from"
        raise InvalidInputError("应季从哪天到哪天要一起填，或者都空着。", field=missing)
    return (
        parse_day_of_year(details.season_from, field="season_from"),
        parse_day_of_year(details.season_to, field="season_to"),
    )


def parse_day_of_year(text: str, *, field: str | None = None) -> str:
    """A day without its year, 5月20日, 5-20 or 05/20, as MM-DD; a year before it is left out.

    A spreadsheet makes a whole date of 5-20, and a number of 5.20, which nobody can tell from 5.2: that is not taken.
    Raises InvalidInputError.
    """
    found = _DAY_OF_YEAR.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        return date(_LEAP_YEAR, int(found[1]), int(found[2])).strftime("%m-%d") if found else _no_day(field)
    except ValueError:
        return _no_day(field)


def _no_day(field: str | None) -> str:
    raise InvalidInputError("要写成几月几日，例如 5月20日。", field=field)


def _cleaned_barcodes(barcodes: Sequence[str]) -> tuple[str, ...]:
    """Barcodes in order, each once; the check digit finds slips of typing."""
    found = sorted({compact for barcode in barcodes if (compact := clean_barcode(barcode))})
    if len(found) > BARCODES_MAX:
        raise InvalidInputError(f"一样商品最多记 {BARCODES_MAX} 个条码。", field="barcodes")
    for barcode in found:
        if not ean.is_valid(barcode):
            raise InvalidInputError(f"条码“{barcode[:20]}”不对，校验位对不上。请重新扫一次。", field="barcodes")
    return tuple(found)


def clean_code(text: str) -> str:
    """A good's code as it is stored. Raises InvalidInputError."""
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if _CODE.fullmatch(code) is None:
        raise InvalidInputError("商品编号用字母、数字和短横线，最多 20 个，例如 SP001。", field="code")
    return code


def changes_in_words(before: GoodDetails, after: GoodDetails) -> list[tuple[str, str, str]]:
    """What differs, for people: name of the detail, as it is, as it will be."""
    was, becomes = asdict(before), asdict(after)
    return [
        (LABELS[name], written(name, was[name]), written(name, value))
        for name, value in becomes.items()
        if was[name] != value
    ]


def in_words(values: dict[str, Any]) -> str:
    """Details by name, for the audit trail."""
    return "，".join(f"{LABELS[name]}：{written(name, value)}" for name, value in values.items())


def day_of_year_in_words(day: str) -> str:
    """MM-DD as people read it: 5月20日."""
    return f"{int(day[:2])}月{int(day[3:])}日"


def _yes_or_no(value: bool) -> str:
    return "是" if value else "否"


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "points_price": format_points,
    "cost_fen": format_yuan,
    "limit_span": SPAN_NAMES.__getitem__,
    "offered": _yes_or_no,
    "is_service": _yes_or_no,
    "barcodes": " ".join,
    "season_from": day_of_year_in_words,
    "season_to": day_of_year_in_words,
}


def written(name: str, value: Any) -> str:
    """A detail as people read it."""
    return "" if value is None else _WRITTEN.get(name, str)(value)
