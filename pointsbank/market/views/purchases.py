"""Purchases: the list, and one of them with what can be done next."""

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, NotAllowedError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import short_day
from pointsbank.market import queries as shelf
from pointsbank.market.forms.purchases import (
    ApproveForm,
    HandInForm,
    PublishForm,
    PurchasesFilterForm,
    QuoteForm,
    ReasonForm,
    ShortfallForm,
    VoucherForm,
)
from pointsbank.market.models import Purchase, PurchaseState
from pointsbank.market.models.purchases import STATE_NAMES
from pointsbank.market.policies.quoting import THREE_QUOTES, sellers_asked
from pointsbank.market.queries import purchases as queries
from pointsbank.market.services import purchases as services
from pointsbank.market.views.desk import blueprint
from pointsbank.places.models import Place
from pointsbank.web.forms import Form
from pointsbank.web.messages import tell

PAGES = (
    "purchases",
    "new_purchase",
    "draft_purchase",
    "edit_purchase",
    "change_purchase",
    "purchase",
    "add_quote",
    "hand_in_purchase",
    "approve_purchase",
    "send_back_purchase",
    "cancel_purchase",
    "receive_purchase",
    "take_in_purchase",
    "finish_receiving",
    "publish_purchase",
    "note_voucher",
)
ROWS_PER_PAGE = 50
_S = PurchaseState


@blueprint.get("/purchases")
@requires(Permission.SEE_GOODS)
def purchases(village: Place) -> ResponseReturnValue:
    """Purchases, newest first; ?state= those at one step."""
    form, rows, status = PurchasesFilterForm(formdata=request.args), [], 422
    if form.validate():
        try:
            found = queries.purchases(village.id, state=form.wanted, before=form.first_serial, limit=ROWS_PER_PAGE + 1)
            rows, status = list(found), 200
        except InvalidInputError as error:
            form.refuse(error)
    shown = rows[:ROWS_PER_PAGE]
    page = render_template(
        "market/purchases.html",
        form=form,
        rows=shown,
        older=shown[-1].serial if len(rows) > ROWS_PER_PAGE else None,
        costs=queries.received_fen(row.id for row in shown),
        state_names=STATE_NAMES,
        has_goods=bool(shown) or shelf.has_goods(village.id),
    )
    return page, status


# --- one purchase ---


@blueprint.get("/purchases/<int:serial>")
@requires(Permission.SEE_GOODS)
def purchase(village: Place, serial: int) -> ResponseReturnValue:
    """Its steps, what is to be done next, lines, quotes and what came."""
    return _purchase_page(queries.purchase(village.id, serial))


def _purchase_page(shown: Purchase, refused: Form | None = None, refused_act: str = "") -> str:
    """The page; a form that was refused is shown as it was filled in, at the act it belongs to."""

    def form(kind: type[Form], of: str, **values: Any) -> Any:
        given = refused if refused is not None and refused_act == of else kind(formdata=None, **values)
        if not given.key.data:
            given.key.data = new_key()
        for item in given:  # several forms stand on the page
            item.id = f"{of}-{item.short_name}"
        return given

    parts = queries.parts_of(shown.id)
    asked = sellers_asked(shown.standing_quotes)
    hand_in: HandInForm = form(
        HandInForm, "hand_in", position=str(shown.chosen or ""), choice_reason=shown.choice_reason
    )
    hand_in.offer(shown.standing_quotes, asked)
    people = (shown.drafted_by, shown.quoted_by, shown.approved_by, shown.published_by)
    receivers = (receipt.intake.actor for receipt in shown.receipts)
    return render_template(
        "market/purchase.html",
        purchase=shown,
        steps=_steps(shown),
        lines=queries.lines_came(shown, [part for came in parts.values() for part in came]),
        parts=parts,
        asked=asked,
        rule=THREE_QUOTES,
        names=access.actor_names(key for key in (*people, *receivers) if key),
        state_names=STATE_NAMES,
        is_own=current_actor().key in (shown.drafted_by, shown.quoted_by),
        today=clock.today(),
        hand_in=hand_in,
        quote=form(QuoteForm, "quote", quoted_on=clock.today()),
        approve=form(ApproveForm, "approve", revision=str(shown.revision)),
        send_back=form(ReasonForm, "send_back"),
        cancel=form(ReasonForm, "cancel"),
        finish=form(ShortfallForm, "finish"),
        publish=form(PublishForm, "publish", hung_on=clock.today()),
        voucher=form(VoucherForm, "voucher", voucher=shown.voucher),
        refused_act=refused_act,
        new_key=new_key,
    )


_ORDER = (_S.DRAFT, _S.QUOTED, _S.APPROVED, _S.RECEIVED, _S.PUBLISHED)


def _steps(shown: Purchase) -> list[dict[str, str]]:
    """The band: what is behind it, what is next, what comes later."""
    quotes, days = len(shown.standing_quotes), [receipt.intake.received_on for receipt in shown.receipts]
    drafted = clock.day_of(shown.drafted_at)
    approved = clock.day_of(shown.approved_at) if shown.approved_at else None
    notes = (
        ("起草", f"{len(shown.lines)} 样", short_day(drafted)),
        ("询价", f"{quotes} 家", short_day(clock.day_of(shown.quoted_at)) if shown.quoted_at else ""),
        ("批准", "", short_day(approved) if approved else ""),
        ("收货", f"{len(days)} 批" if days else "", short_day(max(days)) if days else ""),
        ("公示", "", short_day(shown.hung_on) if shown.hung_on else ""),
    )
    # A draft is behind its first step: what it waits for are quotes.
    done = _ORDER.index(shown.state) + 1 if shown.state in _ORDER else 0
    if shown.state is _S.CANCELLED:
        done = 3 if approved else 2 if shown.quoted_at else 1
    return [
        {
            "title": title,
            "count": count,
            "note": note,
            "state": "done" if at < done else "now" if at == done and shown.state is not _S.CANCELLED else "later",
        }
        for at, (title, count, note) in enumerate(notes)
    ]


def act(village: Place, serial: int, name: str, form: Form, do: Callable[[], str]) -> ResponseReturnValue:
    """Check a form of the page, do its act and say what was done; else show the page with what is wrong."""
    status = 422
    if form.validate():
        try:
            sentence = do()
        except NotAllowedError:
            raise  # who approves an own purchase is told on a page of its own, and it stands in the trail
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(sentence)
            return redirect(url_for("market.purchase", serial=serial), 303)
    return _purchase_page(queries.purchase(village.id, serial), form, name), status


@blueprint.post("/purchases/<int:serial>/quotes")
@requires(Permission.MANAGE_GOODS)
def add_quote(village: Place, serial: int) -> ResponseReturnValue:
    """Note what a seller asks."""
    form = QuoteForm()

    def do() -> str:
        services.add_quote(village, serial, form.quote, current_actor(), form.key.data)
        return f"{form.supplier.data}的报价记下了。"

    return act(village, serial, "quote", form, do)


@blueprint.post("/purchases/<int:serial>/quotes/<int:position>/withdraw")
@requires(Permission.MANAGE_GOODS)
def withdraw_quote(village: Place, serial: int, position: int) -> ResponseReturnValue:
    """Strike out a quote."""
    services.withdraw_quote(village, serial, position, current_actor(), request.form.get("key", ""))
    tell("划掉了，记录里还看得到。")
    return redirect(url_for("market.purchase", serial=serial), 303)


@blueprint.post("/purchases/<int:serial>/hand-in")
@requires(Permission.MANAGE_GOODS)
def hand_in_purchase(village: Place, serial: int) -> ResponseReturnValue:
    """Ask for approval."""
    form = HandInForm()

    def do() -> str:
        services.hand_in_purchase(village, serial, form.choice, current_actor(), form.key.data)
        return "报上去了。请“两委”的另一位登录，点“同意采购”。"

    return act(village, serial, "hand_in", form, do)


@blueprint.post("/purchases/<int:serial>/approve")
@requires(Permission.APPROVE_PURCHASES)
def approve_purchase(village: Place, serial: int) -> ResponseReturnValue:
    """Say yes."""
    form = ApproveForm()

    def do() -> str:
        services.approve_purchase(village, serial, form.revision_seen, form.note.data, current_actor(), form.key.data)
        return "批准了，可以去买了。货到了，两个人验收。"

    return act(village, serial, "approve", form, do)


@blueprint.post("/purchases/<int:serial>/send-back")
@requires(Permission.APPROVE_PURCHASES)
def send_back_purchase(village: Place, serial: int) -> ResponseReturnValue:
    """Not like this: back to the draft."""
    form = ReasonForm()

    def do() -> str:
        services.send_back_purchase(village, serial, form.reason.data, current_actor(), form.key.data)
        return "退回去了，改好再报。"

    return act(village, serial, "send_back", form, do)


@blueprint.post("/purchases/<int:serial>/cancel")
@requires(Permission.MANAGE_GOODS)
def cancel_purchase(village: Place, serial: int) -> ResponseReturnValue:
    """Give it up."""
    form = ReasonForm()

    def do() -> str:
        services.cancel_purchase(village, serial, form.reason.data, current_actor(), form.key.data)
        return "取消了。还要买，可以“照这张再起草”。"

    return act(village, serial, "cancel", form, do)
