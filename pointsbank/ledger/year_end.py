"""The end of a year: unspent points are carried over, cleared, or expire by age, as transfers per household.

What is oldest is spent first, so of a household's spendable points those are old that are more than what it earned
after the last month that ends. Points held for an order are not touched. Points in units (hundredths).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from pointsbank.audit import services as audit
from pointsbank.foundation import chain, clock, periods
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, table_of
from pointsbank.foundation.points import format_points
from pointsbank.ledger import services as ledger
from pointsbank.ledger.booking import Booking, Source
from pointsbank.ledger.errors import YearEndRefusedError
from pointsbank.ledger.models import (
    Account,
    AccountKind,
    Book,
    Transfer,
    TransferKind,
    YearEnd,
)
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place
from pointsbank.places.settings import VillageSettings, YearEndMode

SOURCE = "year_end"
YEAR_MIN = 2000

MODE_NAMES = {
    YearEndMode.CARRY_OVER: "结转下年",
    YearEndMode.CLEAR_TO_BASE: "清到基础分",
    YearEndMode.EXPIRE: "到期作废",
}


@dataclass(frozen=True, slots=True)
class HouseholdEnd:
    """What a year's end does to one household. spendable and held: as they stand before it."""

    household_serial: int
    spendable: int
    held: int
    expires: int
    base_granted: int


@dataclass(frozen=True, slots=True)
class YearEndPlan:
    """What ending a year would do now. through: points of this month and before it end, where any do."""

    year: int
    mode: YearEndMode
    through: str
    base_points: int
    lines: tuple[HouseholdEnd, ...]  # households that something happens to, by serial

    @property
    def households(self) -> int:
        """How many households something happens to."""
        return len(self.lines)

    @property
    def points(self) -> int:
        """How many points end in all."""
        return sum(line.expires for line in self.lines)

    @property
    def base_granted(self) -> int:
        """How many base points are given in all."""
        return sum(line.base_granted for line in self.lines)


@dataclass(frozen=True, slots=True)
class BookedSums:
    """What the book holds of one year's end."""

    households: int
    points: int
    reversed: bool
    digests: frozenset[bytes | None]


NOTHING_BOOKED = BookedSums(0, 0, False, frozenset())


# --- what would happen ------------------------------------------------------------------------------------------------


def plan(village: Place, year: int, open_households: Collection[int]) -> YearEndPlan:
    """What ending a year would do now, by the policy of today.

    open_households: the serials that base points are given to; points of closed households end like all others.
    Raises YearEndRefusedError for a year that has not ended.
    """
    check_year(year)
    settings = places.settings_now(village.id)
    accounts = session().execute(
        select(Account.household_serial, Account.kind, Account.balance).where(
            Account.village_id == village.id, Account.book == Book.POINTS
        )
    )
    balances = {(serial, kind): balance for serial, kind, balance in accounts}
    return _plan(village.id, year, settings, balances, open_households)


def check_year(year: int) -> None:
    """Raises YearEndRefusedError for a year that is not over."""
    if not YEAR_MIN <= year < clock.today().year:
        raise YearEndRefusedError(f"只能办已经过完的年份，{year}年现在办不了。请核对年份。", field="year")


def cutoff(year: int, settings: VillageSettings) -> str:
    """The last month whose points end with a year: its December, or as many months before as points are good for."""
    months = settings.expire_months if settings.year_end is YearEndMode.EXPIRE else 0
    whole = year * 12 + 11 - months
    return f"{whole // 12:04d}-{whole % 12 + 1:02d}"


def _plan(
    village_id: int,
    year: int,
    settings: VillageSettings,
    balances: Mapping[tuple[int, AccountKind], int],
    open_households: Collection[int],
) -> YearEndPlan:
    """By the balances given, which are locked when it is done."""
    through = cutoff(year, settings)
    if settings.year_end is YearEndMode.CARRY_OVER:
        return YearEndPlan(year, settings.year_end, through, 0, ())
    clears = settings.year_end is YearEndMode.CLEAR_TO_BASE
    base_points = settings.base_points if clears else 0
    newer, open_ = _earned_after(village_id, through), frozenset(open_households)
    lines = []
    for serial in sorted({household for household, _ in balances}):
        spendable = balances.get((serial, AccountKind.HOUSEHOLD), 0)
        missing = base_points - balances.get((serial, AccountKind.BASE), 0) if serial in open_ else 0
        expires, granted = max(spendable - max(newer.get(serial, 0), 0), 0), max(missing, 0)
        if expires or granted:
            held = balances.get((serial, AccountKind.HELD), 0)
            lines.append(HouseholdEnd(serial, spendable, held, expires, granted))
    return YearEndPlan(year, settings.year_end, through, base_points, tuple(lines))


def _earned_after(village_id: int, through: str) -> dict[int, int]:
    """What came to each household's spendable points for the months after one, less what of it was taken back."""
    origin = aliased(Transfer)
    taken_back = Transfer.kind.in_((TransferKind.EARN_REVERSAL, TransferKind.REPAY))
    query = (
        select(Transfer.to_household, Transfer.from_household, Transfer.amount)
        .outerjoin(origin, and_(origin.village_id == Transfer.village_id, origin.sequence == Transfer.refers_to))
        .where(
            Transfer.village_id == village_id,
            Transfer.book == Book.POINTS,
            or_(
                and_(
                    Transfer.kind.in_((TransferKind.EARN, TransferKind.OPENING)),
                    Transfer.to_kind == AccountKind.HOUSEHOLD,
                    Transfer.period > through,
                ),
                and_(taken_back, Transfer.from_kind == AccountKind.HOUSEHOLD, origin.period > through),
            ),
        )
    )
    found: dict[int, int] = defaultdict(int)
    for to_household, from_household, amount in session().execute(query):
        if from_household:
            found[from_household] -= amount
        else:
            found[to_household] += amount
    return found


# --- doing it ---------------------------------------------------------------------------------------------------------


def end(
    village: Place,
    year: int,
    open_households: Collection[int],
    actor: Actor,
    key: str,
    *,
    points_seen: int | None = None,
) -> dict[str, Any]:
    """End a year for all households of the village in one transaction, once; as plan says, under the lock.

    points_seen: the points in units that the person saw end; None where nobody looked. Gives {"serial", "mode",
    "households", "points": units}. Raises YearEndRefusedError.
    """

    def act() -> dict[str, Any]:
        lock_place(village.id)
        check_year(year)
        earlier = standing(village.id, year)
        if earlier is not None:
            raise YearEndRefusedError(f"{year}年的年终已经办过了，不用再办。办错了，请先撤销那一次。", field="year")
        settings = places.settings_now(village.id)
        serial = (session().scalar(select(func.max(YearEnd.serial)).where(YearEnd.village_id == village.id)) or 0) + 1
        with ledger.booking(village, _all_households(village.id), actor, key) as batch:
            found = _plan(village.id, year, settings, _locked_balances(batch), open_households)
            if points_seen is not None and points_seen != found.points:
                raise YearEndRefusedError(
                    f"积分又有变动：现在要作废 {format_points(found.points)} 分，"
                    f"刚才看到的是 {format_points(points_seen)} 分。什么都没有动，请看清后重新确认。"
                )
            _book(batch, found, serial)
        _keep(village, found, serial, actor)
        return {"serial": serial, "mode": found.mode.value, "households": found.households, "points": found.points}

    content = {"year": year, "points_seen": points_seen}
    return ledger.submit(village, key, "ledger.year_end", content, actor, act)


def reverse(village: Place, serial: int, actor: Actor, key: str) -> dict[str, Any]:
    """Undo a year's end as a whole, once: expired points come back, granted base points go as far as they are there.

    Gives {"serial", "households", "points": units given back}. Raises YearEndRefusedError.
    """

    def act() -> dict[str, Any]:
        lock_place(village.id)
        found = session().scalar(
            select(YearEnd).where(YearEnd.village_id == village.id, YearEnd.serial == serial).with_for_update()
        )
        if found is None:
            raise YearEndRefusedError("没有这一次年终处理，请刷新页面。")
        if found.reversed_at is not None:
            raise YearEndRefusedError(f"{found.year}年的年终已经撤销过了，不能再撤销一次。")
        later = session().scalar(
            select(func.max(YearEnd.year)).where(
                YearEnd.village_id == village.id, YearEnd.year > found.year, YearEnd.reversed_at.is_(None)
            )
        )
        if later is not None:
            raise YearEndRefusedError(f"{later}年的年终已经办了。要撤销{found.year}年的，请先撤销{later}年的。")
        transfers = _transfers_of(village.id, serial)
        households = {transfer.from_household or transfer.to_household for transfer in transfers}
        source = Source(SOURCE, serial, digest_of(serial, found.year, found.mode))
        with ledger.booking(village, households or _all_households(village.id), actor, key) as batch:
            for transfer in transfers:
                batch.reverse_year_end(transfer.sequence, source, f"{found.year}年年终处理撤销")
        found.reversed_at, found.reversed_by = clock.now(), actor.key
        audit.record(village.id, actor, "year_end.reverse", f"year_end:{serial}", f"{found.year}年")
        return {"serial": serial, "households": found.households, "points": found.points}

    return ledger.submit(village, key, "ledger.year_end_reverse", {"serial": serial}, actor, act)


def _all_households(village_id: int) -> Sequence[int]:
    """The serials of all households that have accounts, at most the 3,000 of the largest village."""
    query = select(Account.household_serial).where(
        Account.village_id == village_id, Account.book == Book.POINTS, Account.kind == AccountKind.HOUSEHOLD
    )
    return session().scalars(query.order_by(Account.household_serial)).all()


def _locked_balances(batch: Booking) -> dict[tuple[int, AccountKind], int]:
    return {(key[0], key[2]): state[0] for key, state in batch.accounts.items() if key[1] is Book.POINTS}


def _book(batch: Booking, found: YearEndPlan, serial: int) -> None:
    source = Source(SOURCE, serial, digest_of(serial, found.year, found.mode))
    cleared = found.mode is YearEndMode.CLEAR_TO_BASE
    what = f"{found.year}年年终清零" if cleared else f"{periods.period_title(found.through)}以前的积分到期"
    for line in found.lines:
        if line.expires:
            batch.expire(line.household_serial, line.expires, source, what)
        if line.base_granted:
            batch.grant_base(line.household_serial, line.base_granted, source, f"{found.year}年年终补足基础分")


def _keep(village: Place, found: YearEndPlan, serial: int, actor: Actor) -> None:
    session().add(
        YearEnd(
            village_id=village.id,
            serial=serial,
            year=found.year,
            mode=found.mode,
            households=found.households,
            points=found.points,
            actor=actor.key,
            ended_at=clock.now(),
        )
    )
    told = f"{found.year}年 {MODE_NAMES[found.mode]}：{found.households} 户，{format_points(found.points)} 分"
    audit.record(village.id, actor, "year_end.end", f"year_end:{serial}", told)


def digest_of(serial: int, year: int, mode: YearEndMode) -> bytes:
    """What the book keeps of a year's end. One function for writer and verifier."""
    return chain.link(SOURCE, chain.GENESIS, (serial, year, mode.value))


# --- what was done ----------------------------------------------------------------------------------------------------


def standing(village_id: int, year: int) -> YearEnd | None:
    """The end of a year that was done and not undone."""
    return session().scalar(
        select(YearEnd).where(YearEnd.village_id == village_id, YearEnd.year == year, YearEnd.reversed_at.is_(None))
    )


def year_ends(village_id: int, limit: int = 30) -> Sequence[YearEnd]:
    """What was done, undone ones too, the newest first."""
    query = select(YearEnd).where(YearEnd.village_id == village_id).order_by(YearEnd.serial.desc()).limit(limit)
    return session().scalars(query).all()


def _transfers_of(village_id: int, serial: int) -> Iterable[Transfer]:
    """The transfers that a year's end made, in order."""
    return (
        session()
        .scalars(
            select(Transfer)
            .where(
                Transfer.village_id == village_id,
                Transfer.source_type == SOURCE,
                Transfer.source_serial == serial,
                Transfer.kind.in_((TransferKind.EXPIRE, TransferKind.BASE_GRANT)),
            )
            .order_by(Transfer.sequence)
        )
        .all()
    )


def booked_sums(village_id: int) -> dict[int, BookedSums]:
    """What the book holds of each year's end, by its serial."""
    transfers = table_of(Transfer)
    rows = session().execute(
        select(
            transfers.c.source_serial,
            transfers.c.kind,
            transfers.c.from_household,
            transfers.c.to_household,
            transfers.c.amount,
            transfers.c.source_digest,
        ).where(transfers.c.village_id == village_id, transfers.c.source_type == SOURCE)
    )
    found: dict[int, tuple[set[int], list[int], list[bool], set[bytes | None]]] = {}
    for serial, kind, from_household, to_household, amount, digest in rows:
        households, points, reversed_, digests = found.setdefault(serial, (set(), [], [], set()))
        digests.add(digest)
        if kind == TransferKind.EXPIRE_REVERSAL:
            reversed_.append(True)
            continue
        households.add(from_household or to_household)
        points.append(amount if kind == TransferKind.EXPIRE else 0)
    return {
        serial: BookedSums(len(households), sum(points), bool(reversed_), frozenset(digests))
        for serial, (households, points, reversed_, digests) in found.items()
    }
