"""报好事: what kind, which one, who and when, 好. One's own, or a neighbour's by the number on the door."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor
from pointsbank.access.models import Role
from pointsbank.cards.models import VillagerSession
from pointsbank.covenant.models import Rule
from pointsbank.deeds import queries as deeds
from pointsbank.deeds.errors import UnknownClaimError
from pointsbank.deeds.policies import UNITS_IN_PARTS
from pointsbank.deeds.queries.reporting import rules_to_report
from pointsbank.deeds.queries.visits import open_request_of
from pointsbank.deeds.services import DeedDraft
from pointsbank.deeds.services.reporting import report
from pointsbank.deeds.services.visiting import ask_visit
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.names import masked_name
from pointsbank.foundation.points import UNITS_PER_POINT
from pointsbank.kiosk import queries
from pointsbank.kiosk.drawings import deed_tile
from pointsbank.kiosk.errors import DoorNotKnownError
from pointsbank.kiosk.forms import REPORT_DAYS_MAX, AskForm, DoorForm, ReportForm
from pointsbank.kiosk.views.surface import blueprint, to, villager
from pointsbank.people import queries as people
from pointsbank.people.models import Household, Resident
from pointsbank.places import queries as places
from pointsbank.places.models import Place

KINDS_MAX = 7  # with 别人做的好事 and 请组长来问我 nine tiles
RULES_MAX = 9
MEMBERS_MAX = 8
HEADS_MAX = 8
HOURS_OFFERED = (1, 2, 3, 4, 6, 8)
CHILD_YEARS_MAX = 14  # below it nobody is named on a screen
DAY_NAMES = ("今天", "昨天", "前天")
WEEKDAYS = "一二三四五六日"
_FOR_THE_OFFICE = re.compile("（[^（）]*）$")


@dataclass(frozen=True, slots=True)
class Kind:
    """A tile of the first screen."""

    number: int
    drawing: str
    words: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a household as the screen names them: anybody may stand before it."""

    id: int
    name: str


@blueprint.get("/kiosk/deeds")
@villager
def good_deed(visit: VillagerSession) -> ResponseReturnValue:
    """What kind of deed: nine pictures. ?of= a neighbour's door."""
    of = request.args.get("of", "")
    kinds = [Kind(at, *deed_tile(category)) for at, category in enumerate(_categories(g.village))]
    household = _household(visit, of)
    return render_template("kiosk/deed_kinds.html", kinds=kinds, of=of, whose=_called(visit, household))


def _categories(village: Place) -> list[str]:
    """The kinds of deeds that can be reported, in the order of the book."""
    rules = sorted(rules_to_report(village.id, clock.today()), key=lambda rule: rule.position)
    return list(dict.fromkeys(rule.category for rule in rules))[:KINDS_MAX]


def _household(visit: VillagerSession, of: str) -> Household:
    """Whose deed it is. Raises DoorNotKnownError for a door that is none of this village."""
    if not of:
        return visit.household
    found = queries.whose(g.village, of) if "/" in of else None
    if found is None or found.household_id is None:
        raise DoorNotKnownError
    return people.household(g.village.id, found.household_id)


def _called(visit: VillagerSession, household: Household) -> str:
    """Whose deed, where it is not one's own."""
    return "" if household.id == visit.household_id else queries.called(household)


@blueprint.get("/kiosk/deeds/kinds/<int:number>")
@villager
def deeds_of_kind(visit: VillagerSession, number: int) -> ResponseReturnValue:
    """Which deed: those that the village has most."""
    categories = _categories(g.village)
    if number >= len(categories):
        raise NotFoundError("没有这一类了。请从头再来。")
    of = request.args.get("of", "")
    rules = [rule for rule in rules_to_report(g.village.id, clock.today()) if rule.category == categories[number]]
    drawing, words = deed_tile(categories[number])
    return render_template(
        "kiosk/deed_rules.html",
        rules=[(rule.code, _plain(rule)) for rule in rules[:RULES_MAX]],
        drawing=drawing,
        words=words,
        of=of,
        whose=_called(visit, _household(visit, of)),
    )


def _plain(rule: Rule) -> str:
    """A rule's name without what stands in brackets at its end, for the office."""
    return _FOR_THE_OFFICE.sub("", rule.name) or rule.name


@blueprint.get("/kiosk/deeds/rules/<code>")
@villager
def deed(visit: VillagerSession, code: str) -> ResponseReturnValue:
    """Who and on which day. The key is made here, so that two taps on 好 are one report."""
    rule = next((rule for rule in rules_to_report(g.village.id, clock.today()) if rule.code == code), None)
    if rule is None:
        raise NotFoundError("没有这一件了。请从头再来。")
    of, today = request.args.get("of", ""), clock.today()
    household = _household(visit, of)
    return render_template(
        "kiosk/deed.html",
        rule=rule,
        words=_plain(rule),
        of=of,
        whose=_called(visit, household),
        members=_members(household),
        days=[(back, _day_name(today, back)) for back in range(REPORT_DAYS_MAX + 1)],
        hours=HOURS_OFFERED if rule.unit in UNITS_IN_PARTS else (),
        form=ReportForm(of=of, rule=rule.code, key=new_key()),
    )


def _day_name(today: date, back: int) -> str:
    day = today - timedelta(days=back)
    return DAY_NAMES[back] if back < len(DAY_NAMES) else f"{day.month}月{day.day}日\n星期{WEEKDAYS[day.weekday()]}"


def _members(household: Household) -> list[Member]:
    """The people of a household with masked names, children as 孩子, the eldest first."""
    today = clock.today()
    there = deeds.members_of_households(household.village_id, [household.id]).get(household.id, [])
    children = sorted((person for person in there if _is_child(person, today)), key=lambda person: str(person.born_on))
    named = [Member(person.id, masked_name(person.name)) for person in there if not _is_child(person, today)]
    for at, child in enumerate(children, start=1):
        named.append(Member(child.id, "孩子" if len(children) == 1 else f"第 {at} 个孩子"))
    return named[:MEMBERS_MAX]


def _is_child(person: Resident, today: date) -> bool:
    born = person.born_on
    return born is not None and (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) < (
        CHILD_YEARS_MAX
    )


@blueprint.post("/kiosk/deeds/report")
@villager
def report_deed(visit: VillagerSession) -> ResponseReturnValue:
    """好: it is reported. Who reports comes from the session; the day's rules are looked up again."""
    form = ReportForm()
    if not form.validate():
        raise InvalidInputError("没有看懂报的是哪一件。请重新选一次。")
    household = _household(visit, form.of.data or "")
    draft = DeedDraft(
        household.id,
        form.rule.data,
        (form.hours.data or 1) * UNITS_PER_POINT,
        clock.today() - timedelta(days=form.day.data),
        form.who.data,
        note="" if household.id == visit.household_id else f"{queries.called(visit.household)}报的",
    )
    made = report(g.village, draft, visit.household, current_actor(), form.key.data)
    return to(url_for("kiosk.deed_reported", serial=made["claim"]))


@blueprint.get("/kiosk/deeds/reported/<int:serial>")
@villager
def deed_reported(visit: VillagerSession, serial: int) -> ResponseReturnValue:
    """报上了: what happens next. Only who reported it sees it."""
    claim = deeds.claim(g.village.id, serial)
    if claim.claimed_by != current_actor().key:
        raise UnknownClaimError
    return render_template(
        "kiosk/deed_reported.html",
        claim=claim,
        words=_plain(claim.rule),
        whose=_called(visit, claim.household) or "您家",
    )


# --- a neighbour's door, and who can help ---


@blueprint.get("/kiosk/deeds/neighbour")
@villager
def neighbour(visit: VillagerSession) -> ResponseReturnValue:
    """Which group, then which number."""
    groups = places.groups(g.village.id)
    chosen = next((group for group in groups if str(group.number) == request.args.get("group")), None)
    if chosen is None:
        return render_template("kiosk/deed_groups.html", groups=groups)
    return render_template("kiosk/deed_door.html", group=chosen, form=DoorForm(group=chosen.number))


@blueprint.post("/kiosk/deeds/neighbour")
@villager
def tap_neighbour(visit: VillagerSession) -> ResponseReturnValue:
    """A neighbour's door number was tapped."""
    form = DoorForm()
    if not form.validate():
        raise DoorNotKnownError
    of = queries.door(form.group.data, form.number.data)
    _household(visit, of)
    return to(url_for("kiosk.good_deed", of=of))


@blueprint.get("/kiosk/deeds/ask")
@villager
def ask_group_head(visit: VillagerSession) -> ResponseReturnValue:
    """请组长来问我: who they are, one button to ask them, and where else to go."""
    return render_template(
        "kiosk/deed_ask.html",
        heads=_heads(visit.household),
        phone=places.settings_now(g.village.id).shop_phone,
        called=queries.called(visit.household),
        asked=open_request_of(visit.household),
        form=AskForm(key=new_key()),
    )


def _heads(household: Household) -> list[str]:
    """Names of those who head the household's group; where nobody does by name, of all group heads."""
    heads = [staff for staff, roles in access.staff_of(g.village) if Role.GROUP_HEAD in roles]
    headed = access.heads_of(g.village.id)
    of_group = [one for one in heads if household.group_id in {group.id for group in headed.get(one.id, [])}]
    return [staff.name for staff in of_group or heads][:HEADS_MAX]


@blueprint.post("/kiosk/deeds/ask")
@villager
def ask(visit: VillagerSession) -> ResponseReturnValue:
    """The group head is asked to come; asking again is the same request."""
    form = AskForm()
    if not form.validate():
        raise InvalidInputError("没有看懂。请再点一次。")
    ask_visit(g.village, visit.household, current_actor(), form.key.data)
    return to(url_for("kiosk.ask_group_head"))
