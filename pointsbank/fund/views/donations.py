"""Donations: the list, a new one, one with its receipt, the donor's wish, points for the household that gave."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds import queries as deeds
from pointsbank.deeds.policies.standing import state_words
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, NotAllowedError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_points
from pointsbank.fund import queries, services
from pointsbank.fund.documents import donations_pdf, receipt_pdf
from pointsbank.fund.forms.book import ReasonForm
from pointsbank.fund.forms.donations import (
    DonatedGoodsForm,
    DonatedMoneyForm,
    DonationFilterForm,
    PointsForm,
    WishForm,
)
from pointsbank.fund.forms.fields import serial_of
from pointsbank.fund.models import DONOR_NAMES, Donation
from pointsbank.fund.services.donations import refuse_given
from pointsbank.fund.views.desk import blueprint, fonts
from pointsbank.market import queries as market
from pointsbank.places.models import Place
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell

LINES_PER_PAGE = 50
GOODS_OFFERED_MAX = 300  # names to choose from while typing


@blueprint.get("/donations")
@requires(Permission.SEE_FUND)
def donations(village: Place) -> ResponseReturnValue:
    """All donations, the newest first."""
    form, status, rows = DonationFilterForm(formdata=request.args), 200, []
    try:
        if not form.validate():
            raise InvalidInputError("请从列表里选。", field="gift")
        found = queries.donations(village.id, gift=form.wanted, before=serial_of(form.before), limit=LINES_PER_PAGE + 1)
        rows = list(found)
    except InvalidInputError as error:
        status = form.refuse(error)
    page = render_template(
        "fund/donations.html",
        form=form,
        rows=rows[:LINES_PER_PAGE],
        older=rows[LINES_PER_PAGE - 1].serial if len(rows) > LINES_PER_PAGE else None,
        sums=queries.gift_sums(village.id),
        donor_names=DONOR_NAMES,
    )
    return page, status


@blueprint.get("/donations.pdf")
@requires(Permission.SEE_FUND)
def donations_paper(village: Place) -> ResponseReturnValue:
    """The register of donations on paper, with names as they may hang on a wall."""
    rows = queries.all_donations(village.id, None, None)
    return pdf(donations_pdf(village, rows, fonts()), f"donations-{village.code}")


@blueprint.route("/donations/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_FUND)
def new_donation(village: Place) -> ResponseReturnValue:
    """Accept a gift: ?gift=goods for goods, else money."""
    of_goods, status = request.args.get("gift") == "goods", 200
    form = DonatedGoodsForm() if of_goods else DonatedMoneyForm()
    if not form.is_submitted():
        form.key.data, form.given_on.data = new_key(), clock.today()
        form.accepted_by.data = g.staff.name
    elif "more" not in request.form:
        try:
            if form.validate():
                done = services.accept(village, form.draft(village.id), current_actor(), form.key.data)
                tell("捐赠已登记，可以打印收据交给捐赠人。登记错了，可以作废。")
                return redirect(url_for("fund.donation", serial=done["donation"]), 303)
            status = 422
        except PointsBankError as error:
            status = form.refuse(error)
    goods = market.goods(village.id, limit=GOODS_OFFERED_MAX) if of_goods else []
    return render_template(
        "fund/new_donation.html", form=form, of_goods=of_goods, goods=goods, today=clock.today()
    ), status


# --- one donation ---


@blueprint.get("/donations/<int:serial>")
@requires(Permission.SEE_FUND)
def donation(village: Place, serial: int) -> ResponseReturnValue:
    """One donation, with what became of it."""
    return _donation_page(village, queries.donation(village.id, serial)), 200


def _donation_page(
    village: Place,
    shown: Donation,
    wish: WishForm | None = None,
    points: PointsForm | None = None,
    reason: ReasonForm | None = None,
) -> str:
    """The page of a donation; a form that was refused is shown as it was filled in."""
    claim = deeds.claim(village.id, shown.claim_serial) if shown.claim_serial is not None else None
    if wish is None:
        heeded = None if shown.wish_heeded is None else "yes" if shown.wish_heeded else "no"
        wish = WishForm(formdata=None, heeded=heeded, wish_note=shown.wish_note)
    return render_template(
        "fund/donation.html",
        donation=shown,
        lots=queries.given_goods(shown),
        claim=claim,
        claim_words=state_words(claim) if claim else "",
        wish=wish,
        points=points or _points_form(village, shown),
        reason=reason or ReasonForm(formdata=None, key=new_key()),
        names=access.actor_names([shown.actor, shown.cancelled_by] if shown.cancelled_by else [shown.actor]),
        donor_names=DONOR_NAMES,
    )


def _points_form(village: Place, shown: Donation, formdata: MultiDict[str, str] | None = None) -> PointsForm | None:
    """The form that gives the household points; None where there is no household, or points were given."""
    may = {Permission.MANAGE_FUND, Permission.RECORD_DEEDS} <= g.permissions
    if not may or shown.household is None or shown.cancelled_at is not None:
        return None
    try:
        refuse_given(village.id, shown)
    except PointsBankError:
        return None
    rules = queries.giving_rules(village.id, shown.given_on)
    residents = shown.household.residents
    if formdata is not None:
        return PointsForm(rules, residents, formdata=formdata)
    return PointsForm.starting(shown, rules, residents, new_key())


@blueprint.get("/donations/<int:serial>/receipt.pdf")
@requires(Permission.SEE_FUND)
def receipt(village: Place, serial: int) -> ResponseReturnValue:
    """The receipt for the donor."""
    shown = queries.donation(village.id, serial)
    content = receipt_pdf(village, shown, queries.given_goods(shown), fonts())
    return pdf(content, f"donation-{village.code}-{serial}")


@blueprint.post("/donations/<int:serial>/wish")
@requires(Permission.MANAGE_FUND)
def answer_wish(village: Place, serial: int) -> ResponseReturnValue:
    """Say whether the donor's wish was followed."""
    form, status = WishForm(), 422
    if form.validate():
        try:
            services.answer_wish(village, serial, form.heeded.data == "yes", form.wish_note.data, current_actor())
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("落实情况记下了。要改，再登记一次。")
            return redirect(url_for("fund.donation", serial=serial), 303)
    return _donation_page(village, queries.donation(village.id, serial), wish=form), status


@blueprint.post("/donations/<int:serial>/points")
@requires(Permission.MANAGE_FUND)
def give_points(village: Place, serial: int) -> ResponseReturnValue:
    """A deed for the household that gave."""
    if Permission.RECORD_DEEDS not in g.permissions:
        raise NotAllowedError
    shown = queries.donation(village.id, serial)
    form = _points_form(village, shown, request.form)
    if form is None:
        # What stands in the way is said by the service, which asks again under the lock.
        form = PointsForm(queries.giving_rules(village.id, shown.given_on), [])
    status = 422
    if form.validate():
        try:
            claim = services.give_points(
                village,
                serial,
                form.rule.data,
                form.hundredths,
                current_actor(),
                form.key.data,
                resident_id=form.resident_id,
                late_reason=form.late_reason.data,
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(
                f"已给这户申报 {format_points(claim['points'])} 分，按细则的程序走。{claim['cap_reason']}",
                undo_url=url_for("deeds.claim", serial=claim["claim"]),
            )
            return redirect(url_for("fund.donation", serial=serial), 303)
    return _donation_page(village, queries.donation(village.id, serial), points=form), status


@blueprint.post("/donations/<int:serial>/cancel")
@requires(Permission.MANAGE_FUND)
def cancel(village: Place, serial: int) -> ResponseReturnValue:
    """A donation that was entered by mistake."""
    form, status = ReasonForm(), 422
    if form.validate():
        try:
            done = services.cancel(village, serial, form.reason.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            of_money = f"钱由第 {done['entry']} 笔冲正了。"
            tell(f"已作废。{of_money if done['entry'] else '东西还在库存里，请到“一市”里盘点或报损改正。'}")
            return redirect(url_for("fund.donation", serial=serial), 303)
    return _donation_page(village, queries.donation(village.id, serial), reason=form), status
