"""The clerk's home, search, checking the book, settings."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires, signed_in
from pointsbank.access.models import Staff
from pointsbank.access.permissions import Permission
from pointsbank.boards.queries import MonthState
from pointsbank.cards import queries as cards
from pointsbank.desk import queries
from pointsbank.desk.forms import SettingsForm, VerifyForm
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.periods import period_of, period_title, previous_period
from pointsbank.foundation.texts import parse_head
from pointsbank.ledger.verification import head_problem
from pointsbank.people import queries as people
from pointsbank.places import queries as places
from pointsbank.places import services as places_services
from pointsbank.places.models import Place
from pointsbank.reports import verification as reports
from pointsbank.web.filters import short_day
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

blueprint = Blueprint("desk", __name__, template_folder="templates")
register(
    NavigationItem("desk.home", "首页", "house", Permission.SEE_VILLAGE, NavigationGroup.MONTH, 0),
    NavigationItem("desk.verify", "核对", "shield-check", Permission.VERIFY, NavigationGroup.OFFICE, 60),
    NavigationItem("desk.settings", "设置", "gear", Permission.MANAGE_SETTINGS, NavigationGroup.OFFICE, 90),
)

HITS_MAX = 30
PROBLEMS_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do: what it says and where it is done. count: how many wait, "" for a single act."""

    label: str
    url: str
    count: str = ""


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
    shown = queries.home(village.id)
    return render_template("desk/home.html", home=shown, next_thing=_next_thing(shown), to_do=_to_do(shown))


def _next_thing(home: queries.Home) -> Act | None:
    """The one act that comes next, among those the person may do."""
    title, month = period_title(home.month.period), {"period": home.month.period}
    wanted: tuple[tuple[bool, Permission, str, str, dict[str, Any]], ...] = (
        (home.to_do.households == 0, Permission.MANAGE_PEOPLE, "导入花名册", "people.import_roster", {}),
        (home.to_do.rule_books == 0, Permission.MANAGE_RULES, "订积分细则", "covenant.rules", {}),
        (home.to_do.goods == 0, Permission.MANAGE_GOODS, "登记超市的商品", "market.goods", {}),
        (home.to_do.cards == 0, Permission.MANAGE_CARDS, "给各户发积分卡", "cards.index", {}),
        (home.month.state is MonthState.ENDED, Permission.MANAGE_MONTH, f"结{title}的账", "boards.month", month),
        (home.month.state is MonthState.CLOSED, Permission.MANAGE_MONTH, f"给{title}定榜", "boards.month", month),
        (True, Permission.RECORD_DEEDS, "记一件好事", "deeds.record", {}),
        (True, Permission.SERVE_COUNTER, "去柜台", "market.counter", {}),
    )
    for due, needed, label, endpoint, values in wanted:
        if due and needed in g.permissions and endpoint in current_app.view_functions:
            return Act(label, url_for(endpoint, **values))
    return None


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
    card = cards.card_presented(village, words)
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
    proof = reports.verify_village(village)
    printed = head_problem(village, *head) if head else None
    return render_template(
        "desk/verify.html", form=form, proof=proof, head=head, printed=printed, problems_max=PROBLEMS_SHOWN_MAX
    )


@blueprint.route("/desk/<village_code>/settings", methods=["GET", "POST"])
@requires(Permission.MANAGE_SETTINGS)
def settings(village: Place) -> ResponseReturnValue:
    """What differs from village to village."""
    village_id, status = village.id, 200
    form = SettingsForm.showing(
        places.settings_now(village_id), clock.today(), seen=places.settings_version(village_id)
    )
    if form.validate_on_submit():
        try:
            seen = int(form.seen.data) if form.seen.data.isdecimal() else -1
            places_services.change_settings(
                village_id, form.settings, form.effective_on.data, current_actor(), seen=seen
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"设置已保存，{short_day(form.effective_on.data)}起生效。")
            return redirect(url_for("desk.settings"), 303)
    elif form.is_submitted():
        status = 422
    return render_template("desk/settings.html", form=form, to_come=places.settings_to_come(village_id)), status
