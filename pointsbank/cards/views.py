"""Cards at the desk: the list, a household's cards and deputies, one card, paper."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import services as access
from pointsbank.access.errors import WrongSignInError
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.models import Role, Staff
from pointsbank.access.permissions import Permission
from pointsbank.cards import documents, queries, services
from pointsbank.cards.errors import SecondPersonNeededError
from pointsbank.cards.forms import AddForm, DeputyForm, EditForm, FilterForm, IssueForm, PinForm, ReplaceForm
from pointsbank.cards.models import Card
from pointsbank.cards.queries import CardFilter
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.people import queries as people
from pointsbank.places.models import Place
from pointsbank.printing.fonts import register as register_fonts
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

blueprint = Blueprint("cards", __name__, url_prefix="/desk/<village_code>/cards", template_folder="templates")
register(
    NavigationItem("cards.index", "一卡", "credit-card-2-front", Permission.MANAGE_CARDS, NavigationGroup.ONES, 20)
)

ROWS_PER_PAGE = 50
MAY_STAND_BESIDE = (Role.CLERK, Role.ADMINISTRATOR, Role.COMMITTEE)  # when a PIN is set anew
EXPIRED = "页面已经过期，请刷新后重新提交。"


@blueprint.get("/")
@requires(Permission.MANAGE_CARDS)
def index(village: Place) -> ResponseReturnValue:
    """Households with their cards."""
    form = FilterForm(request.args)
    valid = form.validate()
    rows = queries.households_with_cards(
        village,
        only=CardFilter(form.only.data) if valid else CardFilter.ALL,
        words=form.words.data if valid else "",
        after=(form.after.data or 0) if valid else 0,
        limit=ROWS_PER_PAGE + 1,
    )
    more = rows[ROWS_PER_PAGE - 1].household.serial if len(rows) > ROWS_PER_PAGE else None
    page = render_template(
        "cards/index.html",
        form=form,
        rows=rows[:ROWS_PER_PAGE],
        more=more,
        households=people.counts(village.id)[0],
        waiting=queries.households_without_card(village.id),
        new_key=new_key,
    )
    return page, 200 if valid else 422


@blueprint.post("/issue")
@requires(Permission.MANAGE_CARDS)
def issue(village: Place) -> ResponseReturnValue:
    """A card for one household, or for all that have none."""
    form = IssueForm()
    if not form.validate():
        raise InvalidInputError(EXPIRED)
    wanted = [form.household.data] if form.household.data else None
    issued = services.issue_cards(village, wanted, current_actor(), form.key.data)
    if wanted is not None:
        tell("已发卡。可以打印，也可以给这户设密码。")
        return redirect(url_for("cards.show", card_id=issued["cards"][0]), 303)
    tell(f"已发 {issued['issued']} 张卡。" + ("请打印后发到各户。" if issued["issued"] else "每户都有卡了。"))
    return redirect(url_for("cards.index"), 303)


# --- one household ---


@blueprint.get("/household/<int:household_id>")
@requires(Permission.MANAGE_CARDS)
def household(village: Place, household_id: int) -> ResponseReturnValue:
    """All cards of a household, and who may collect for it."""
    return _household_page(village, household_id, AddForm(key=new_key()), DeputyForm(key=new_key()))


def _household_page(village: Place, household_id: int, add: AddForm, deputy: DeputyForm) -> str:
    shown = people.household(village.id, household_id)
    cards = queries.cards_of_household(village.id, household_id)
    today = clock.today()
    return render_template(
        "cards/household.html",
        household=shown,
        cards=cards,
        working=sum(card.works_on(today) for card in cards),
        cards_max=services.CARDS_PER_HOUSEHOLD_MAX,
        deputies=queries.deputies(village.id, household_id),
        deputies_max=services.DEPUTIES_MAX,
        pin_state=queries.pin_state(village, shown),
        add=add,
        deputy=deputy,
        today=today,
    )


@blueprint.post("/household/<int:household_id>/add")
@requires(Permission.MANAGE_CARDS)
def add(village: Place, household_id: int) -> ResponseReturnValue:
    """One more card."""
    form, status = AddForm(), 422
    if form.validate():
        try:
            added = services.add_card(village, household_id, form.name.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("已多发一张卡。可以打印，也可以给它设密码。")
            return redirect(url_for("cards.show", card_id=added["card"]), 303)
    return _household_page(village, household_id, form, DeputyForm(formdata=None, key=new_key())), status


@blueprint.post("/household/<int:household_id>/deputies")
@requires(Permission.MANAGE_CARDS)
def add_deputy(village: Place, household_id: int) -> ResponseReturnValue:
    """Somebody may collect for the household."""
    form, status = DeputyForm(), 422
    if form.validate():
        try:
            services.add_deputy(village, household_id, form.name.data, form.note.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"{form.name.data}可以给这户代领了。不让代领了，随时可以停用。")
            return redirect(url_for("cards.household", household_id=household_id), 303)
    return _household_page(village, household_id, AddForm(formdata=None, key=new_key()), form), status


@blueprint.post("/household/<int:household_id>/deputies/<int:deputy_id>/end")
@requires(Permission.MANAGE_CARDS)
def end_deputy(village: Place, household_id: int, deputy_id: int) -> ResponseReturnValue:
    """Somebody collects no more."""
    name = services.end_deputy(village, household_id, deputy_id, current_actor())
    tell(f"{name}从现在起不能给这户代领了。要恢复，再登记一次。")
    return redirect(url_for("cards.household", household_id=household_id), 303)


# --- one card ---


@blueprint.get("/<int:card_id>")
@requires(Permission.MANAGE_CARDS)
def show(village: Place, card_id: int) -> ResponseReturnValue:
    """One card, with what can be done about it."""
    card = queries.card(village.id, card_id)
    return _card_page(village, card, PinForm(), _edit_form(card))


def _edit_form(card: Card) -> EditForm:
    return EditForm(formdata=None, name=card.name, expires_on=card.expires_on)


def _card_page(village: Place, card: Card, form: PinForm, edit: EditForm) -> str:
    siblings = queries.cards_of_household(village.id, card.household_id)
    by_two = any(one.pin_hash for one in siblings)
    if by_two:
        form.submit.label.text = "重设密码"
    else:
        del form.second_name, form.second_password
    today = clock.today()
    return render_template(
        "cards/show.html",
        card=card,
        form=form,
        edit=edit,
        by_two=by_two,
        pin_state=queries.pin_state(village, card.household),
        others=len(siblings) - 1,
        replaced_by=next((one for one in siblings if one.replaces == card.serial), None),
        works=card.works_on(today),
        today=today,
        key=new_key(),
    )


@blueprint.post("/<int:card_id>/pin")
@requires(Permission.MANAGE_CARDS)
def set_pin(village: Place, card_id: int) -> ResponseReturnValue:
    """The household has chosen its six digits."""
    form, status = PinForm(), 422
    card = queries.card(village.id, card_id)
    if form.validate():
        try:
            second = _second_person(village, form) if queries.has_had_pin(village.id, card.household_id) else None
            services.set_pin(village, card_id, form.pin.data, current_actor(), second)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("密码设好了。请提醒这户人记牢，不要告诉别人。")
            return redirect(url_for("cards.show", card_id=card_id), 303)
    return _card_page(village, card, form, _edit_form(card)), status


def _second_person(village: Place, form: PinForm) -> Staff:
    """Who stands beside when a PIN is set anew. Raises SecondPersonNeededError, and what second_person raises."""
    name, password = form.second_name.data or "", form.second_password.data or ""
    if not name or not password:
        raise SecondPersonNeededError
    try:
        return access.second_person(village, current_actor(), name, password, MAY_STAND_BESIDE)
    except PointsBankError as error:
        error.field = "second_password" if isinstance(error, WrongSignInError) else "second_name"
        raise


@blueprint.post("/<int:card_id>/edit")
@requires(Permission.MANAGE_CARDS)
def edit(village: Place, card_id: int) -> ResponseReturnValue:
    """Another name, another last day."""
    form, status = EditForm(), 422
    card = queries.card(village.id, card_id)
    if form.validate():
        try:
            services.edit_card(village, card_id, form.name.data, form.expires_on.data, current_actor())
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("卡名和期限改好了。要改回去，再改一次就行。")
            return redirect(url_for("cards.show", card_id=card_id), 303)
    return _card_page(village, card, PinForm(formdata=None), form), status


@blueprint.post("/<int:card_id>/lost")
@requires(Permission.MANAGE_CARDS)
def report_lost(village: Place, card_id: int) -> ResponseReturnValue:
    """The card opens nothing any more."""
    services.report_lost(village, card_id, current_actor())
    tell("已挂失，这张卡从现在起不能用了。积分都在，可以补一张新卡。")
    return redirect(url_for("cards.show", card_id=card_id), 303)


@blueprint.post("/<int:card_id>/replace")
@requires(Permission.MANAGE_CARDS)
def replace(village: Place, card_id: int) -> ResponseReturnValue:
    """A new card; the old one ends."""
    form = ReplaceForm()
    if not form.validate():
        raise InvalidInputError(EXPIRED)
    new = services.replace_card(village, card_id, current_actor(), form.key.data)
    tell("新卡已发，旧卡作废。卡名和期限照旧，密码要重新设。")
    return redirect(url_for("cards.show", card_id=new["card"]), 303)


@blueprint.post("/<int:card_id>/unlock")
@requires(Permission.MANAGE_CARDS)
def unlock(village: Place, card_id: int) -> ResponseReturnValue:
    """The desk knows the person: the wrong tries are forgotten."""
    services.unlock(village, card_id, current_actor())
    tell("已解锁，可以重新输密码了。")
    return redirect(url_for("cards.show", card_id=card_id), 303)


# --- paper ---


@blueprint.get("/cards.pdf")
@requires(Permission.MANAGE_CARDS)
def sheets(village: Place) -> ResponseReturnValue:
    """All cards on A4, ten on a sheet."""
    return _pdf(village, None, documents.Layout.SHEETS)


@blueprint.get("/<int:card_id>/card.pdf")
@requires(Permission.MANAGE_CARDS)
def single(village: Place, card_id: int) -> ResponseReturnValue:
    """One card in its own size."""
    return _pdf(village, queries.card(village.id, card_id), documents.Layout.SINGLE)


def _pdf(village: Place, card: Card | None, layout: documents.Layout) -> ResponseReturnValue:
    cards = queries.cards_to_print(village.id, [card.id] if card else None)
    if not cards:
        raise InvalidInputError("没有能用的卡可以打印。请先发卡。")
    fonts = register_fonts(current_app.config["POINTSBANK"].fonts_folder)
    faces = documents.faces_of(village, cards, masked="masked" in request.args)
    return pdf(documents.cards_pdf(faces, layout, fonts), f"cards-{village.code}{'-' + card.number if card else ''}")
