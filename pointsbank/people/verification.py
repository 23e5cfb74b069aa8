"""Proof of the roster: every household has its accounts and one head, every resident is where the rows say."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select

from pointsbank.foundation.database import session
from pointsbank.foundation.errors import EnvironmentProblemError
from pointsbank.foundation.secrets import vault
from pointsbank.ledger.booking import new_accounts
from pointsbank.ledger.models import Account
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import HEAD
from pointsbank.places.models import Place


def problems(village: Place) -> list[str]:
    """What does not hold, each as a sentence that names the place."""
    households = {
        household.id: household
        for household in session().scalars(
            select(Household).where(Household.village_id == village.id).order_by(Household.serial)
        )
    }
    residents = session().scalars(select(Resident).where(Resident.village_id == village.id).order_by(Resident.serial))
    found: list[str] = []
    heads: dict[int, list[str]] = {}
    for resident in residents:
        found.extend(_resident_problems(resident, households.get(resident.household_id)))
        if resident.relation == HEAD and resident.closed_on is None:
            heads.setdefault(resident.household_id, []).append(resident.name)
    accounts = _account_counts(village.id)
    for household in households.values():
        found.extend(_household_problems(household, village, heads.get(household.id, []), accounts[household.serial]))
    return found


def _household_problems(household: Household, village: Place, heads: list[str], accounts: int) -> Iterator[str]:
    place = f"住户第{household.serial}户（{household.number}）"
    if household.group.village_id != village.id:
        yield f"{place}：所在的组不在本村"
    if accounts != len(new_accounts(village.id, household.serial)):
        yield f"{place}：积分账户缺少或多出"
    if len(heads) > 1:
        yield f"{place}：有 {len(heads)} 个户主"
    if heads and household.head_name not in heads:
        yield f"{place}：户主姓名与户主本人不一致"
    if not household.head_name:
        yield f"{place}：没有户主姓名"


def _resident_problems(resident: Resident, household: Household | None) -> Iterator[str]:
    place = f"村民第{resident.serial}人"
    if household is None:
        yield f"{place}：所在的户不在本村"
    elif household.closed_on is not None and resident.closed_on is None:
        yield f"{place}：户已注销，人还在册"
    # Only that there is a reading: a later pypinyin may read a character otherwise, and the old one still finds it.
    if not resident.pinyin or not resident.initials:
        yield f"{place}：没有拼音，按拼音找不到"
    yield from _id_number_problems(place, resident)


def _id_number_problems(place: str, resident: Resident) -> Iterator[str]:
    sealed, digest = resident.id_number_sealed, resident.id_number_digest
    if sealed is None or digest is None:
        if sealed is not None or digest is not None:
            yield f"{place}：身份证号的密文与摘要缺了一个"
        return
    try:
        if vault().digest(vault().open(sealed)) != digest:
            yield f"{place}：身份证号的密文与摘要不符"
    except EnvironmentProblemError:
        yield f"{place}：身份证号解不开，密文被改动过或密钥不配套"


def _account_counts(village_id: int) -> Counter[int]:
    rows = session().execute(
        select(Account.household_serial, func.count())
        .where(Account.village_id == village_id)
        .group_by(Account.household_serial)
    )
    return Counter({row[0]: row[1] for row in rows})
