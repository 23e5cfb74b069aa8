"""The clerk's home, search, checking the book."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import requires, signed_in
from pointsbank.access.models import Role, Staff
from pointsbank.access.permissions import Permission
from pointsbank.cards import queries as cards
from pointsbank.desk.forms import VerifyForm
from pointsbank.desk.queries import home as queries
from pointsbank.desk.queries.months import RUNNING, Band
from pointsbank.desk.queries.tasks import Task
from pointsbank.desk.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.periods import period_of, period_title, previous_period
from pointsbank.foundation.texts import parse_head
from pointsbank.fund.words import ratio_in_words, warning
from pointsbank.ledger.verification import head_problem
from pointsbank.people import queries as people
from pointsbank.places.models import Place
from pointsbank.reports import verification as reports
from pointsbank.web.filters import short_day
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem("desk.home", "首页", "house", Permission.SEE_VILLAGE, NavigationGroup.MONTH, 0),
    NavigationItem("desk.verify", "核对", "shield-check", Permission.VERIFY, NavigationGroup.OFFICE, 60),
)

HITS_MAX = 30
PROBLEMS_SHOWN_MAX = 100
STEP_OF_BOARD = 4  # of the band, from 0
_SAID = {Role.REVIEWER: "评议员", Role.GROUP_HEAD: "组长", Role.SUPERVISION: "监督委员"}


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do: what it says and where it is done. count: how many wait, "" for a single act; due: by when."""

    label: str
    url: str
    count: str = ""
    due: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that the village needs and has not yet. whom: who can see to it. at_first: asked for at first alone.

    What is asked for at first alone does not stand before the month's own work once something was claimed.
    """

    act: Act
    whom: str
    at_first: bool


@dataclass(frozen=True, slots=True)
class ShownBand:
    """A band as it is drawn: each step with the address of its page, "" for those that the person has none for."""

    band: Band
    steps: list[dict[str, str]]


@blueprint.get("/")
@signed_in
def start(staff: Staff) -> ResponseReturnValue:
    """The home of the one village a person works for, else a choice."""
    villages = access.villages_of(staff)
    if len(villages) == 1:
        return redirect(url_for("desk.home", village_code=villages[0].code))
    return render_template("desk/start.html", villages=villages)


@blueprint.get("/desk/<village_code>/")
@requires(Permission.SEE_VILLAGE)
def home(village: Place) -> ResponseReturnValue:
    """The month at a glance."""
    shown = queries.home(village.id, g.staff, g.permissions)
    lacks = _lacks(shown)
    next_thing = _next_thing(shown, lacks)
    setting_up = [lack.act for lack in lacks if lack.act.url and lack.act != next_thing]
    return render_template(
        "desk/home.html",
        home=shown,
        bands=[ShownBand(band, _steps(band)) for band in shown.bands],
        next_thing=next_thing,
        ratio_in_words=ratio_in_words,
        to_ask=_to_ask(shown, lacks),
        to_do=[*_warning(shown), *_tasks(shown), *_to_do(shown), *setting_up],
    )


def _page(needed: Permission, endpoint: str, **values: Any) -> str:
    """The address of a page, "" where the person may not see it."""
    may = needed in g.permissions and endpoint in current_app.view_functions
    return url_for(endpoint, **values) if may else ""


def _steps(band: Band) -> list[dict[str, str]]:
    return [{**asdict(step), "url": _step_url(band, at)} for at, step in enumerate(band.steps)]


def _step_url(band: Band, at: int) -> str:
    """Where a step of the band is worked on."""
    month = {"period": band.month.period}
    pages: tuple[tuple[Permission, str, dict[str, Any]], ...] = (
        (Permission.CHECK_CLAIMS, "deeds.check", {}),
        (Permission.REVIEW_CLAIMS, "deeds.meetings", {}),
        (Permission.HANG_NOTICES, "deeds.notices", {}),
        (Permission.MANAGE_NOTICES, "deeds.notices", {}),
        (Permission.SEE_VILLAGE, "boards.month", month),
        (Permission.SEE_VILLAGE, "boards.month", month),
    )
    needed, endpoint, values = pages[at]
    return _page(needed, endpoint, **values)


def _lacks(home: queries.Home) -> list[Lack]:
    """What the village still lacks, in the order in which it is set up."""
    there, roles = home.setting_up, "、".join(_SAID[role] for role in home.setting_up.lacking_roles)
    covenant = f"录入{g.words.covenant}"
    steps: tuple[tuple[bool, Permission, str, str, str, bool], ...] = (
        (there.households == 0, Permission.MANAGE_PEOPLE, "导入花名册", "people.import_roster", "文书", False),
        (there.rule_books == 0, Permission.MANAGE_RULES, "订积分细则", "covenant.rules", "文书", False),
        (roles != "", Permission.MANAGE_STAFF, f"设{roles}", "access.staff_list", "管理员", True),
        (there.goods == 0, Permission.MANAGE_GOODS, "登记超市的商品", "market.goods", "文书", False),
        (there.cards == 0, Permission.MANAGE_CARDS, "给各户发积分卡", "cards.index", "文书", False),
        (there.covenants == 0, Permission.MANAGE_RULES, covenant, "covenant.text", "文书", True),
    )
    return [
        Lack(Act(label, _page(needed, endpoint)), whom, at_first)
        for is_lacking, needed, label, endpoint, whom, at_first in steps
        if is_lacking
    ]


def _is_at_work(home: queries.Home) -> bool:
    """Whether the village has begun: something was claimed, or a month is over."""
    return home.setting_up.claims > 0 or any(band.state != RUNNING for band in home.bands)


def _to_ask(home: queries.Home, lacks: list[Lack]) -> list[str]:
    """What somebody else has to set up: whom to ask for what. Once the village works, the office alone is told."""
    if _is_at_work(home) and Permission.MANAGE_PEOPLE not in g.permissions:
        return []
    asked: dict[str, list[str]] = {}
    for lack in lacks:
        if not lack.act.url:
            asked.setdefault(lack.whom, []).append(lack.act.label)
    return [f"请{whom}{'，'.join(labels)}" for whom, labels in asked.items()]


def _next_thing(home: queries.Home, lacks: list[Lack]) -> Act | None:
    """The one act that comes next, among those the person may do."""
    last: tuple[tuple[Permission, str, str], ...] = (
        (Permission.RECORD_DEEDS, "记一件好事", "deeds.record"),
        (Permission.SERVE_COUNTER, "去柜台", "market.counter"),
    )
    acts = [lack.act for lack in lacks if not (lack.at_first and _is_at_work(home))]
    waiting = {task.name for task in home.tasks}
    acts += [_act_of(band, waiting) for band in home.bands]
    decides = {Permission.REVIEW_CLAIMS, Permission.SUPERVISE} & g.permissions
    if decides and Permission.MANAGE_MONTH not in g.permissions:
        acts += [Act(task.act, page) for task in home.tasks if (page := _task_page(task))][:1]
    acts += [Act(label, _page(needed, endpoint)) for needed, label, endpoint in last]
    return next((act for act in acts if act.url), None)


def _act_of(band: Band, tasks: Collection[str]) -> Act:
    """The next act of a band; without an address where it has none, or the person may not do it.

    tasks: the names of those that wait for the person; a step at which nothing waits for them is others' work.
    """
    title, waiting, named = band.title, band.waiting, period_title(band.month.period)
    if band.state == RUNNING or band.at > STEP_OF_BOARD:
        return Act("", "")
    posting = f"公示{title}评议通过的" if waiting.approved else f"看{title}的公示"
    acts: tuple[tuple[int, int, Permission, str, str], ...] = (  # step, how many make it due, who, what, where
        (0, waiting.to_check and "to_check" in tasks, Permission.CHECK_CLAIMS, f"初审{title}的申报", "deeds.check"),
        (0, waiting.returned, Permission.RECORD_DEEDS, f"补充{title}退回的申报", "deeds.returned"),
        (1, "to_review" in tasks, Permission.REVIEW_CLAIMS, f"评议{title}的申报", "deeds.meetings"),
        (2, waiting.objected, Permission.EXAMINE_OBJECTIONS, f"处理{title}的异议", "deeds.objections"),
        (2, 1, Permission.MANAGE_NOTICES, posting, "deeds.notices"),
        (3, waiting.unobjected, Permission.MANAGE_NOTICES, f"把{title}公示期满的入账", "deeds.notices"),
        (3, 1, Permission.MANAGE_MONTH, f"结{named}的账", "boards.month"),
        (STEP_OF_BOARD, 1, Permission.MANAGE_MONTH, f"给{named}定榜", "boards.month"),
    )
    due = next((act[2:] for act in acts if act[0] == band.at and act[1]), None)
    if due is None:
        return Act("", "")
    needed, label, endpoint = due
    values = {"period": band.month.period} if endpoint == "boards.month" else {}
    return Act(label, _page(needed, endpoint, **values))


def _tasks(home: queries.Home) -> list[Act]:
    """What waits for the person's role; a kind without a page of its own is left out."""
    return [
        Act(task.label, page, f"{task.count} {task.unit}", _due(task.due), task.is_late)
        for task in home.tasks
        if (page := _task_page(task))
    ]


def _task_page(task: Task) -> str:
    """The address of a task's page, "" while there is none."""
    return url_for(task.endpoint) if task.endpoint in current_app.view_functions else ""


def _due(day: date | None) -> str:
    return f"{short_day(day)}前" if day else ""


def _warning(home: queries.Home) -> list[Act]:
    """That the points cannot be honoured, or not for long; for whoever sees the fund of a village that has a shop."""
    warns = warning(home.coverage) if home.setting_up.goods and Permission.SEE_FUND in g.permissions else ""
    return [Act(warns, url_for("fund.coverage"), f"够换 {ratio_in_words(home.coverage)}", late=True)] if warns else []


def _to_do(home: queries.Home) -> list[Act]:
    """What waits beside the month, among what the person may see."""
    orders, goods = home.to_do.orders_waiting, home.to_do.goods_below_minimum
    waiting = []
    if orders and Permission.SERVE_COUNTER in g.permissions:
        waiting.append(Act("等着领的单子", url_for("market.orders"), f"{orders} 张"))
    if goods and Permission.SEE_GOODS in g.permissions:
        waiting.append(Act("货快没了", url_for("market.goods", below=1), f"{goods} 种"))
    if home.to_do.frozen_last_month and Permission.MANAGE_MONTH in g.permissions:
        last_month = previous_period(period_of(clock.today()))
        waiting.append(Act(f"{period_title(last_month)}的榜，打印张贴", url_for("boards.month", period=last_month)))
    return waiting


@blueprint.get("/desk/<village_code>/search")
@requires(Permission.SEE_VILLAGE)
def search(village: Place) -> ResponseReturnValue:
    """Households and people by name, pinyin, number, phone tail or card; a single hit is opened at once."""
    words = request.args.get("q", "").strip()
    try:
        card = cards.card_at_desk(village, words)
    except PointsBankError as why:
        words = words[: people.SEARCH_LENGTH_MAX]
        return render_template("desk/search.html", words=words, hits=[], sentence=why.message), why.status
    hits = [people.Hit(card.household, None, "积分卡")] if card else people.search(village.id, words, HITS_MAX)
    if len(hits) == 1 and Permission.SEE_HOUSEHOLDS in g.permissions:
        return redirect(url_for("people.household", household_id=hits[0].household.id))
    return render_template("desk/search.html", words=words[: people.SEARCH_LENGTH_MAX], hits=hits, hits_max=HITS_MAX)


@blueprint.route("/desk/<village_code>/verify", methods=["GET", "POST"])
@requires(Permission.VERIFY)
def verify(village: Place) -> ResponseReturnValue:
    """Prove the village's books; by button, for it reads every row."""
    form = VerifyForm()
    if not form.validate_on_submit():
        return render_template("desk/verify.html", form=form), 422 if form.is_submitted() else 200
    try:
        head = parse_head(form.head.data, field="head") if form.head.data else None
    except InvalidInputError as error:
        return render_template("desk/verify.html", form=form), form.refuse(error)
    proof = reports.verify_village(village, instance=current_app.config["POINTSBANK"].instance)
    printed = head_problem(village, *head) if head else None
    return render_template(
        "desk/verify.html", form=form, proof=proof, head=head, printed=printed, problems_max=PROBLEMS_SHOWN_MAX
    )
