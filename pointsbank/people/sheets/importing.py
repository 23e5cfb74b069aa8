"""The import of a roster: planned first and shown, then planned again under the lock and done, all or nothing.

It adds and changes; it never closes anybody.
"""

import hashlib
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from pointsbank.audit import services as audit
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session as current_session
from pointsbank.foundation.database import transaction
from pointsbank.foundation.spreadsheets import ImportReport
from pointsbank.ledger import services as ledger
from pointsbank.people.models import Household
from pointsbank.people.services.households import new_household, next_serial, open_books
from pointsbank.people.services.residents import last_resident_serial, new_resident, write_details
from pointsbank.people.services.values import FORMER_HEAD, HEAD
from pointsbank.people.sheets.matching import Known
from pointsbank.people.sheets.planning import RosterPlan, plan_rows
from pointsbank.people.sheets.reading import read_roster
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place


class _RefusedError(Exception):
    """Ends the transaction of an import that is refused, so that its key is free for the corrected file."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.report = report


def plan_import(village: Place, content: bytes, *, with_id_numbers: bool, with_party: bool) -> RosterPlan:
    """What an import of this file would do; changes nothing. Raises what read_sheet raises for a file that is none."""
    file = read_roster(content, with_id_numbers=with_id_numbers, with_party=with_party)
    return plan_rows(file, Known.load(current_session(), village.id))


def apply_import(
    village: Place, content: bytes, *, with_id_numbers: bool, with_party: bool, actor: Actor, key: str
) -> ImportReport:
    """Import a roster once per key: all of it, or nothing if any row is refused. Raises what plan_import raises."""
    file = read_roster(content, with_id_numbers=with_id_numbers, with_party=with_party)

    def act() -> dict[str, Any]:
        with transaction() as session:
            lock_place(village.id)
            known = Known.load(session, village.id)
            plan = plan_rows(file, known)
            if plan.refused:
                raise _RefusedError(plan.report)
            added = _write(session, village, plan, known, actor)
            open_books(village, added, actor, key)
            report = replace(plan.report, applied=True)
            told = f"新增 {len(added)} 户 {report.new} 人，改动 {report.changed} 人"
            audit.record(village.id, actor, "roster.import", "roster", told)
            return report.to_json()

    sent = {
        "file": hashlib.sha256(content).hexdigest(),
        "with_id_numbers": with_id_numbers,
        "with_party": with_party,
    }
    try:
        done = ledger.submit(village, key, "people.import_roster", sent, actor, act)
    except _RefusedError as refused:
        return refused.report
    return ImportReport(new=done["new"], changed=done["changed"], unchanged=done["unchanged"], applied=True)


def _write(session: Session, village: Place, plan: RosterPlan, known: Known, actor: Actor) -> list[Household]:
    """Write a plan's households and residents and flush them; gives the new households."""
    households, added = _write_households(session, village, plan, known, actor)
    serial = last_resident_serial(session, village.id)
    for row in plan.rows:
        household = households[row.entry.household_key]
        if row.resident is None:
            serial += 1
            session.add(new_resident(village.id, household.id, serial, row.details))
        else:
            write_details(row.resident, row.details)
            row.resident.household_id = household.id
        if row.details.relation == HEAD:
            household.head_name = row.details.name
    _demote_former_heads(plan, known)
    session.flush()
    return added


def _write_households(
    session: Session, village: Place, plan: RosterPlan, known: Known, actor: Actor
) -> tuple[dict[str, Household], list[Household]]:
    """The households of the plan by key, new ones made and groups changed; and the new ones alone."""
    households: dict[str, Household] = {}
    added: list[Household] = []
    group_ids = {number: places.ensure_group(village.id, number, actor).id for number in set(plan.groups.values())}
    serial = next_serial(session, village.id)
    for row in plan.rows:
        entry, key = row.entry, row.entry.household_key
        if key in households:
            continue
        household = known.households.get(key)
        if household is None:
            household = new_household(village.id, serial + len(added), entry.number, group_ids[plan.groups[key]])
            household.head_name = entry.head_name
            session.add(household)
            added.append(household)
        elif key in plan.groups:
            household.group_id = group_ids[plan.groups[key]]
        households[key] = household
    return households, added


def _demote_former_heads(plan: RosterPlan, known: Known) -> None:
    """Whoever the file does not name, but was head where it names another one, stays as 原户主."""
    named = {row.resident.id for row in plan.rows if row.resident is not None}
    for household_key in plan.heads:
        for member in known.members_of(household_key):
            if member.relation == HEAD and member.id not in named:
                member.relation = FORMER_HEAD
