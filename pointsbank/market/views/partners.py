"""Partner shops: who they are, who serves there, what they give."""

from collections.abc import Callable
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import guard
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.models import Role, Staff
from pointsbank.access.permissions import Permission, permissions_of
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries as shelf
from pointsbank.market.forms.partners import ClosePartnerForm, PartnerForm, PartnerGoodForm, PartnerStaffForm
from pointsbank.market.models import PartnerShop
from pointsbank.market.models.settlements import SETTLEMENT_STATE_NAMES
from pointsbank.market.queries import partners as queries
from pointsbank.market.queries import settlements
from pointsbank.market.services import partners as services
from pointsbank.market.views.desk import blueprint
from pointsbank.places.models import Place
from pointsbank.web.forms import Form
from pointsbank.web.messages import tell

PAGES = (
    "partners",
    "new_partner",
    "add_partner",
    "edit_partner",
    "change_partner",
    "partner",
    "close_partner",
    "add_partner_staff",
    "set_partner_good",
)
SETTLEMENTS_SHOWN = 5
_AT_THE_COUNTER = frozenset({Permission.SEE_VILLAGE, Permission.SERVE_COUNTER})


@guard.narrows_permissions
def only_the_counter(
    staff: Staff, village: Place, roles: frozenset[Role], permissions: frozenset[Permission]
) -> frozenset[Permission]:
    """Who serves at a partner's counter hands out there, and has nothing to do with the village's own goods."""
    if Role.SHOPKEEPER not in roles or roles & services.OFFICE or not queries.is_partner_staff(village.id, staff.id):
        return permissions
    return permissions_of(roles - {Role.SHOPKEEPER}) | _AT_THE_COUNTER


def partner_here(village: Place) -> services.PartnerCounter | None:
    """The partner's counter at which this person serves; whoever keeps the village's shop serves at none."""
    if Permission.MANAGE_GOODS in g.permissions:
        return None
    return services.partner_counter(village.id, current_actor())


def partner_id_here(village: Place) -> int | None:
    """The shop whose receipts this person sees; None for whoever sees them all."""
    partner = partner_here(village)
    return partner.id if partner else None


# --- the list, and the agreement ---


@blueprint.get("/partners")
@requires(Permission.SEE_GOODS)
def partners(village: Place) -> ResponseReturnValue:
    """The partner shops."""
    return render_template("market/partners.html", partners=queries.partners(village.id))


@blueprint.get("/partners/new")
@requires(Permission.MANAGE_PARTNERS)
def new_partner(village: Place) -> ResponseReturnValue:
    """An empty agreement."""
    return render_template("market/partner_form.html", form=PartnerForm(formdata=None, key=new_key()), partner=None)


@blueprint.post("/partners/new")
@requires(Permission.MANAGE_PARTNERS)
def add_partner(village: Place) -> ResponseReturnValue:
    """Take up a partner shop, once per key."""
    form, status = PartnerForm(), 422
    if form.validate():
        try:
            serial = services.add_partner(village, form.details(), current_actor(), form.key.data)["partner"]
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("登记好了。再选谁在店里收银，写上店里换哪些东西。")
            return redirect(url_for("market.partner", serial=serial), 303)
    return render_template("market/partner_form.html", form=form, partner=None), status


@blueprint.get("/partners/<int:serial>/edit")
@requires(Permission.MANAGE_PARTNERS)
def edit_partner(village: Place, serial: int) -> ResponseReturnValue:
    """The agreement to be changed."""
    shown = queries.partner(village.id, serial)
    return render_template("market/partner_form.html", form=PartnerForm.showing(shown, new_key()), partner=shown)


@blueprint.post("/partners/<int:serial>/edit")
@requires(Permission.MANAGE_PARTNERS)
def change_partner(village: Place, serial: int) -> ResponseReturnValue:
    """Change what is agreed."""
    shown = queries.partner(village.id, serial)
    form, status = PartnerForm(), 422
    if form.validate():
        try:
            services.change_partner(village, serial, form.details(), form.revision_seen, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("改好了。没有结算的兑换，按新的比例结算。")
            return redirect(url_for("market.partner", serial=serial), 303)
    return render_template("market/partner_form.html", form=form, partner=shown), status


# --- one shop ---


@blueprint.get("/partners/<int:serial>")
@requires(Permission.SEE_GOODS)
def partner(village: Place, serial: int) -> ResponseReturnValue:
    """One shop: the agreement, who serves there, what it gives, its settlements."""
    return _partner_page(village, queries.partner(village.id, serial))


def _partner_page(village: Place, shown: PartnerShop, refused: Form | None = None, act: str = "") -> str:
    """The page; a form that was refused is shown as it was filled in, the others are fresh."""

    def form(kind: type[Form], of: str) -> Any:
        given = refused if refused is not None and act == of else kind(formdata=None)
        given.key.data = given.key.data or new_key()
        for item in given:  # several forms stand on the page
            item.id = f"{of}-{item.short_name}"
        return given

    candidates = queries.serving_candidates(village.id)
    staff: PartnerStaffForm = form(PartnerStaffForm, "staff")
    staff.offer(candidates)
    return render_template(
        "market/partner.html",
        partner=shown,
        serving=queries.partner_staff(shown.id),
        candidates=candidates,
        goods=queries.partner_goods(shown.id),
        settlements=settlements.settlements(village.id, partner_id=shown.id, limit=SETTLEMENTS_SHOWN),
        settlement_state_names=SETTLEMENT_STATE_NAMES,
        staff=staff,
        good=form(PartnerGoodForm, "good"),
        close=form(ClosePartnerForm, "close"),
        refused_act=act if refused is not None else "",
        today=clock.today(),
        since=clock.day_of(shown.since),
        until=clock.day_of(shown.closed_at) if shown.closed_at else None,
        new_key=new_key,
    )


def _act(village: Place, serial: int, act: str, form: Form, do: Callable[[], str]) -> ResponseReturnValue:
    """Check a form of the page, do its act and say what was done; else show the page with what is wrong."""
    status = 422
    if form.validate():
        try:
            sentence = do()
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(sentence)
            return redirect(url_for("market.partner", serial=serial), 303)
    return _partner_page(village, queries.partner(village.id, serial), form, act), status


@blueprint.post("/partners/<int:serial>/close")
@requires(Permission.MANAGE_PARTNERS)
def close_partner(village: Place, serial: int) -> ResponseReturnValue:
    """End the agreement."""
    form = ClosePartnerForm()

    def do() -> str:
        services.close_partner(village, serial, form.reason.data, current_actor(), form.key.data)
        return "不再合作了。没有结算的兑换，还要开结算单结清。"

    return _act(village, serial, "close", form, do)


@blueprint.post("/partners/<int:serial>/staff")
@requires(Permission.MANAGE_PARTNERS)
def add_partner_staff(village: Place, serial: int) -> ResponseReturnValue:
    """One more person who serves there."""
    form = PartnerStaffForm()

    def do() -> str:
        services.add_partner_staff(village, serial, form.staff_id, current_actor(), form.key.data)
        return "加上了。从现在起，这位登录后在柜台换出去的，都算这家店的。"

    return _act(village, serial, "staff", form, do)


@blueprint.post("/partners/<int:serial>/staff/<int:staff_id>/end")
@requires(Permission.MANAGE_PARTNERS)
def end_partner_staff(village: Place, serial: int, staff_id: int) -> ResponseReturnValue:
    """Somebody serves there no more."""
    services.end_partner_staff(village, serial, staff_id, current_actor(), request.form.get("key", ""))
    tell("去掉了。这位的“超市管理员”岗位还在；不干了，请管理员在“工作人员”里停用。")
    return redirect(url_for("market.partner", serial=serial), 303)


@blueprint.post("/partners/<int:serial>/goods")
@requires(Permission.MANAGE_PARTNERS)
def set_partner_good(village: Place, serial: int) -> ResponseReturnValue:
    """A good that the shop gives, at a value."""
    form = PartnerGoodForm()

    def do() -> str:
        found = shelf.goods_scanned(village.id, form.good.data)
        if not found:
            raise InvalidInputError("没有找到这样东西。请再扫一次，或输入编号、名称、首字母。", field="good")
        if len(found) > 1:
            some = "、".join(f"{good.title}（{good.code}）" for good in found[:4])
            raise InvalidInputError(f"找到好几样：{some}。请输入编号。", field="good")
        value_fen = form.value_fen
        services.set_partner_good(village, serial, found[0].serial, value_fen, current_actor(), form.key.data)
        return f"“{found[0].title}”记下了。已经换出去的，还按原来的价值结算。"

    return _act(village, serial, "good", form, do)


@blueprint.post("/partners/<int:serial>/goods/<int:good_serial>/end")
@requires(Permission.MANAGE_PARTNERS)
def end_partner_good(village: Place, serial: int, good_serial: int) -> ResponseReturnValue:
    """A good that the shop gives no more."""
    services.end_partner_good(village, serial, good_serial, current_actor(), request.form.get("key", ""))
    tell("去掉了，这家店不再换这样东西。")
    return redirect(url_for("market.partner", serial=serial), 303)
