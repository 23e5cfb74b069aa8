"""Adding and editing goods. A new price holds from today or a later day; orders and redemptions keep theirs."""

from dataclasses import asdict, fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select

from pointsbank.audit import services as audit
from pointsbank.foundation import clock, names
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.points import format_points
from pointsbank.ledger import services as ledger
from pointsbank.market import never_given, prices
from pointsbank.market.errors import ChangedMeanwhileError, GoodExistsError
from pointsbank.market.models import Barcode, Good, OrderLine, RedemptionLine, StockMove
from pointsbank.market.services.goods.barcodes import add_made
from pointsbank.market.services.goods.details import GoodDetails, cleaned, details_of, in_words
from pointsbank.market.services.goods.locking import lock_good
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

PINYIN_LENGTH_MAX = 300  # of its column; 60 characters can have more, and a search by its beginning needs no more
PRICE_DAYS_AHEAD_MAX = 366
_NOT_PLAIN = ("barcodes", "points_price")  # written in ways of their own


def check_may_be_given(details: GoodDetails, *, is_new: bool) -> None:
    """What is never given for points is not added; what is there can only be taken off the shelf.

    Raises NeverGivenError.
    """
    if is_new or details.offered:
        never_given.check(details.name, details.spec)


def add_good(village: Place, details: GoodDetails, actor: Actor, *, makes_barcode: bool = False) -> int:
    """Add a good, with nothing on hand; gives its serial. makes_barcode: an in-store one, beside those it has.

    Raises InvalidInputError, NeverGivenError, GoodExistsError.
    """
    details = cleaned(details)
    check_may_be_given(details, is_new=True)
    with transaction() as current:
        lock_place(village.id)
        serial = (current.scalar(select(func.max(Good.serial)).where(Good.village_id == village.id)) or 0) + 1
        good = Good(
            id=new_id(), village_id=village.id, serial=serial, created_at=clock.now(), on_hand=0, reserved=0, version=1
        )
        prices.first_price(village, good, details.points_price, actor)
        _write(good, details)
        if makes_barcode:
            add_made(good)
        audit.record(village.id, actor, "good.add", f"good:{serial}", in_words(asdict(details)))
    return serial


def add_good_once(village: Place, details: GoodDetails, actor: Actor, key: str, *, makes_barcode: bool = False) -> int:
    """Add a good once per key, so that a form sent twice adds one; gives its serial. Raises what add_good raises."""
    details = cleaned(details)
    day = details.service_on
    content = {**asdict(details), "service_on": day and day.isoformat(), "makes_barcode": makes_barcode}

    def act() -> dict[str, Any]:
        return {"good": add_good(village, details, actor, makes_barcode=makes_barcode)}

    serial: int = ledger.submit(village, key, "market.add_good", content, actor, act)["good"]
    return serial


def change_good(
    village: Place, good_serial: int, details: GoodDetails, version: int, actor: Actor, price_from: date | None = None
) -> bool:
    """Change a good that the person saw at this version; gives whether anything changed.

    price_from: the day from which the price holds, None for today; another price that was to come gives way to it.
    What stands there already is no change, whatever version was seen: a form sent twice is not told of itself.
    Raises NotFoundError, ChangedMeanwhileError, InvalidInputError, NeverGivenError, GoodExistsError.
    """
    details = cleaned(details)
    price_from = _checked_day(price_from)
    with transaction():
        good = lock_good(village.id, good_serial)
        before, after = asdict(details_of(good)), asdict(details)
        before["points_price"] = good.price_on(price_from)
        changed = {name: value for name, value in after.items() if before[name] != value}
        if not changed:
            return False
        if good.version != version:
            raise ChangedMeanwhileError("别人刚刚改过这样商品。请刷新页面看最新内容，再改一次。")
        check_may_be_given(details, is_new=False)
        if "is_service" in changed:
            refuse_turning(good)
        if "points_price" in changed:
            prices.set_price(village, good, details.points_price, price_from, actor)
        _write(good, details)
        good.version += 1
        words = f"{in_words({name: before[name] for name in changed})} → {in_words(changed)}"
        if "points_price" in changed and price_from > clock.today():
            words += f"（价从 {price_from} 起）"
        audit.record(village.id, actor, "good.change", f"good:{good_serial}", words)
    return True


def cancel_next_price(village: Place, good_serial: int, actor: Actor) -> bool:
    """Leave the price as it is today; gives whether another was to come. Raises NotFoundError."""
    with transaction():
        good = lock_good(village.id, good_serial)
        today = clock.today()
        coming = good.coming_price(today)
        if coming is None:
            return False
        day, units = coming
        prices.set_price(village, good, good.price_on(today), day, actor)
        good.version += 1
        words = f"不改价了：原定 {day} 起 {format_points(units)}"
        audit.record(village.id, actor, "good.change", f"good:{good_serial}", words)
    return True


def _checked_day(price_from: date | None) -> date:
    """The day from which a price holds. Raises InvalidInputError: a price is never back-dated."""
    today = clock.today()
    day = price_from or today
    if day < today:
        raise InvalidInputError("新价不能从过去的日子算起，请填今天或以后的日期。", field="price_from")
    if day > today + timedelta(days=PRICE_DAYS_AHEAD_MAX):
        raise InvalidInputError("新价最多提前一年定，请填近一些的日期。", field="price_from")
    return day


def refuse_turning(good: Good) -> None:
    """What has been in stock is no service, and the other way round. Raises InvalidInputError."""
    moved = exists().where(StockMove.village_id == good.village_id, StockMove.good_serial == good.serial)
    taken = or_(exists().where(RedemptionLine.good_id == good.id), exists().where(OrderLine.good_id == good.id))
    if session().scalar(select(or_(moved, taken))):
        raise InvalidInputError(
            "这样商品已经进过货或换出过，不能改成服务，也不能从服务改回来。请下架，另加一样。", field="is_service"
        )


def _write(good: Good, details: GoodDetails) -> None:
    """Put details into a new or locked good and its barcodes. Raises GoodExistsError."""
    current = session()
    taken = current.scalar(
        select(Good.name).where(Good.village_id == good.village_id, Good.code == details.code, Good.id != good.id)
    )
    if taken is not None:
        raise GoodExistsError(f"商品编号“{details.code}”已经给了“{taken}”，请换一个。", field="code")
    for field in fields(details):
        if field.name not in _NOT_PLAIN:
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
