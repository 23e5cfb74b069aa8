"""Goods: adding and editing. A new price holds from now on; orders and redemptions keep theirs."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlalchemy import func, select
from stdnum import ean

from pointsbank.audit import services as audit
from pointsbank.foundation import clock, names
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.periods import SPAN_NAMES, Span
from pointsbank.foundation.points import FEN_MAX, POINTS_MAX, format_points, format_yuan
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market.errors import ChangedMeanwhileError, GoodExistsError
from pointsbank.market.models import Barcode, Good
from pointsbank.market.services.baskets import QUANTITY_MAX
from pointsbank.market.stock import PIECES_MAX
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

BARCODES_MAX = 10  # of one good: its makers change, but not that often
SHELF_LIFE_DAYS_MAX = 36_500
PINYIN_LENGTH_MAX = 300  # of its column; 60 characters can have more, and a search by its beginning needs no more
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
}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}")


@dataclass(frozen=True, slots=True)
class GoodDetails:
    """What people say of a good. Price in units, cost in fen; shelf_life_days 0: does not expire."""

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


def details_of(good: Good) -> GoodDetails:
    """A good as its details stand."""
    stored: dict[str, Any] = {field.name: getattr(good, field.name) for field in fields(GoodDetails)}
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
    return replace(
        details,
        code=clean_code(details.code),
        name=clean_text(details.name, what="名称", length_max=60, required=True, field="name"),
        name_en=clean_text(details.name_en, what="英文名", length_max=80, field="name_en"),
        spec=clean_text(details.spec, what="规格", length_max=60, field="spec"),
        unit=clean_text(details.unit, what="单位", length_max=20, required=True, field="unit"),
        category=clean_text(details.category, what="类别", length_max=40, required=True, field="category"),
        barcodes=_cleaned_barcodes(details.barcodes),
    )


def _check_number(number: int, least: int, most: int, what: str, field: str, written: Any = str) -> None:
    if not least <= number <= most:
        raise InvalidInputError(f"{what}要在 {written(least)} 到 {written(most)} 之间。", field=field)


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


def clean_barcode(text: str) -> str:
    """A barcode as scanned or typed, without spaces and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))


def add_good(village: Place, details: GoodDetails, actor: Actor) -> int:
    """Add a good, with nothing on hand; gives its serial. Raises InvalidInputError, GoodExistsError."""
    details = cleaned(details)
    with transaction() as current:
        lock_place(village.id)
        serial = (current.scalar(select(func.max(Good.serial)).where(Good.village_id == village.id)) or 0) + 1
        good = Good(
            id=new_id(), village_id=village.id, serial=serial, created_at=clock.now(), on_hand=0, reserved=0, version=1
        )
        _write(good, details)
        audit.record(village.id, actor, "good.add", f"good:{serial}", _in_words(asdict(details)))
    return serial


def add_good_once(village: Place, details: GoodDetails, actor: Actor, key: str) -> int:
    """Add a good once per key, so that a form sent twice adds one; gives its serial. Raises what add_good raises."""
    details = cleaned(details)
    done = ledger.submit(
        village, key, "market.add_good", asdict(details), actor, lambda: {"good": add_good(village, details, actor)}
    )
    serial: int = done["good"]
    return serial


def change_good(village: Place, good_serial: int, details: GoodDetails, version: int, actor: Actor) -> bool:
    """Change a good that the person saw at this version; gives whether anything changed.

    What stands there already is no change, whatever version was seen: a form sent twice is not told of itself.
    Raises NotFoundError, ChangedMeanwhileError, InvalidInputError, GoodExistsError.
    """
    details = cleaned(details)
    with transaction() as current:
        lock_place(village.id)
        good = current.scalar(
            select(Good)
            .where(Good.village_id == village.id, Good.serial == good_serial)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if good is None:
            raise NotFoundError("没有这样商品，请返回商品列表。")
        before, after = asdict(details_of(good)), asdict(details)
        changed = {name: value for name, value in after.items() if before[name] != value}
        if not changed:
            return False
        if good.version != version:
            raise ChangedMeanwhileError("别人刚刚改过这样商品。请刷新页面看最新内容，再改一次。")
        _write(good, details)
        good.version += 1
        was = _in_words({name: before[name] for name in changed})
        audit.record(village.id, actor, "good.change", f"good:{good_serial}", f"{was} → {_in_words(changed)}")
    return True


def changes_in_words(before: GoodDetails, after: GoodDetails) -> list[tuple[str, str, str]]:
    """What differs, for people: name of the detail, as it is, as it will be."""
    was, becomes = asdict(before), asdict(after)
    return [
        (LABELS[name], _written(name, was[name]), _written(name, value))
        for name, value in becomes.items()
        if was[name] != value
    ]


def _in_words(values: dict[str, Any]) -> str:
    return "，".join(f"{LABELS[name]}：{_written(name, value)}" for name, value in values.items())


def _written(name: str, value: Any) -> str:
    match name, value:
        case "points_price", _:
            return format_points(value)
        case "cost_fen", _:
            return format_yuan(value)
        case "limit_span", Span():
            return SPAN_NAMES[value]
        case "offered", _:
            return "是" if value else "否"
        case "barcodes", _:
            return " ".join(value)
    return "" if value is None else str(value)


def _write(good: Good, details: GoodDetails) -> None:
    """Put details into a new or locked good and its barcodes. Raises GoodExistsError."""
    current = session()
    taken = current.scalar(
        select(Good.name).where(Good.village_id == good.village_id, Good.code == details.code, Good.id != good.id)
    )
    if taken is not None:
        raise GoodExistsError(f"商品编号“{details.code}”已经给了“{taken}”，请换一个。", field="code")
    for field in fields(details):
        if field.name != "barcodes":
            setattr(good, field.name, getattr(details, field.name))
    pinyin, good.initials = names.pinyin_of_words(details.name)
    good.pinyin = pinyin[:PINYIN_LENGTH_MAX]
    current.add(good)
    current.flush()
    _write_barcodes(good, details.barcodes)


def _write_barcodes(good: Good, wanted: tuple[str, ...]) -> None:
    current = session()
    owners = current.execute(
        select(Barcode.barcode, Good.name)
        .join(Good)
        .where(Barcode.village_id == good.village_id, Barcode.barcode.in_(wanted), Barcode.good_id != good.id)
    ).first()
    if owners is not None:
        raise GoodExistsError(f"条码 {owners[0]} 已经给了“{owners[1]}”，一个条码只能用在一样商品上。", field="barcodes")
    stored = {barcode.barcode: barcode for barcode in good.barcodes}
    for barcode in stored.keys() - set(wanted):
        current.delete(stored[barcode])
    for barcode in wanted:
        if barcode not in stored:
            current.add(Barcode(village_id=good.village_id, barcode=barcode, good_id=good.id))
    current.flush()
    current.expire(good, ["barcodes"])
