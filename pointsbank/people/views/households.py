"""The list of households, and one household: its points, its people, its statement, and what can be changed."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as book
from pointsbank.people import queries, services, sheets
from pointsbank.people.errors import StaleEditError
from pointsbank.people.forms import (
    ConsentForm,
    EditForm,
    ExportForm,
    HeadForm,
    HouseholdForm,
    ListForm,
    NewHouseholdForm,
    StatementForm,
)
from pointsbank.people.models import Household
from pointsbank.people.queries import Shown, Sort
from pointsbank.people.services.values import HEAD, RESIDENCE_NAMES, age_on
from pointsbank.people.views.desk import blueprint
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.filters import day
from pointsbank.web.forms import Form
from pointsbank.web.messages import tell

ROWS_PER_PAGE = 50
LINES_PER_PAGE = 30


# --- the list ---


@blueprint.get("/")
@requires(Permission.SEE_HOUSEHOLDS)
def index(village: Place) -> ResponseReturnValue:
    """Households, a page at a time."""
    form = ListForm(places.groups(village.id), request.args)
    valid = form.validate()
    sort = form.sort.data if valid else Sort.NUMBER.value
    page = queries.household_page(
        village.id,
        group_id=form.group_ids.get(form.group.data) if valid else None,
        shown=Shown(form.shown.data) if valid else Shown.OPEN,
        sort=Sort(sort.removeprefix("-")),
        descending=sort.startswith("-"),
        after=form.after.data if valid else None,
        limit=ROWS_PER_PAGE,
    )
    households, residents = queries.counts(village.id)
    shown = render_template(
        "people/index.html", form=form, page=page, households=households, residents=residents, export_form=ExportForm()
    )
    return shown, 200 if valid else 422


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def new_household(village: Place) -> ResponseReturnValue:
    """A household with its head."""
    form, status = NewHouseholdForm(key=new_key()), 200
    if form.validate_on_submit():
        try:
            household = services.add_household(
                village, form.number.data, form.group_number, form.details, current_actor(), form.key.data
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"{household.head_name}家（{household.number}）建好档了。接着可以添加家里的其他人。")
            return redirect(url_for("people.household", household_id=household.id), 303)
    page = render_template("people/new_household.html", form=form)
    return page, 422 if status == 200 and form.errors else status


# --- one household ---


@blueprint.get("/<int:household_id>")
@requires(Permission.SEE_HOUSEHOLDS)
def household(village: Place, household_id: int) -> ResponseReturnValue:
    """One household with its statement."""
    form = StatementForm(request.args)
    valid = form.validate()
    return _household_page(village, household_id, form), 200 if valid else 422


def _household_page(village: Place, household_id: int, form: StatementForm, refusal: str = "") -> str:
    """The page; what is wrong with the days asked for leaves the statement whole."""
    found, today = queries.household(village.id, household_id), clock.today()
    asked: dict[str, Any] = {} if form.errors else {"first_day": form.first_day.data, "last_day": form.last_day.data}
    before = None if form.errors else form.before.data
    lines = book.statement(village.id, found.serial, before=before, limit=LINES_PER_PAGE + 1, **asked)
    last_day = asked.get("last_day")
    return render_template(
        "people/household.html",
        household=found,
        members=sorted(found.residents, key=lambda member: (member.relation != HEAD, member.serial)),
        balances=book.balances(village.id, found.serial),
        honour=book.honour_score(village.id, found.serial),
        earned=queries.earned_around(village.id, found.serial, today),
        settings=places.settings_now(village.id),
        form=form,
        asked={name: value for name, value in asked.items() if value},
        lines=queries.told_lines(village.id, lines[:LINES_PER_PAGE]),
        older=lines[LINES_PER_PAGE - 1].sequence if len(lines) > LINES_PER_PAGE else None,
        balance_then=book.balance_as_of(village.id, found.serial, last_day) if last_day else None,
        residence_names=RESIDENCE_NAMES,
        age_on=age_on,
        day_of=clock.day_of,
        today=today,
        refusal=refusal,
    )


@blueprint.get("/<int:household_id>/statement.xlsx")
@requires(Permission.SEE_HOUSEHOLDS)
def statement(village: Place, household_id: int) -> ResponseReturnValue:
    """The statement as a spreadsheet, of the days asked for."""
    found, form = queries.household(village.id, household_id), StatementForm(request.args)
    if not form.validate():
        raise InvalidInputError("日期看不懂，请返回这一户的页面重新填。")
    content = sheets.export_statement(village, found, form.first_day.data, form.last_day.data)
    return spreadsheet(content, f"{found.number}户对账单")


# --- changing it ---


@blueprint.route("/<int:household_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def edit_household(village: Place, household_id: int) -> ResponseReturnValue:
    """Number, group, note."""
    form, status = HouseholdForm.showing(queries.household(village.id, household_id)), 200
    if form.validate_on_submit():
        try:
            services.edit_household(
                village,
                household_id,
                form.number.data,
                form.group_number,
                form.note.data,
                form.seen,
                current_actor(),
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return _saved(household_id, "户编号、组别和备注已保存。", "people.edit_household")
    return _form_page("people/edit_household.html", village, household_id, form, status)


@blueprint.route("/<int:household_id>/consent", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def consent(village: Place, household_id: int) -> ResponseReturnValue:
    """The household has signed that its names may be public."""
    found, status = queries.household(village.id, household_id), 200
    form = ConsentForm(consent_on=found.name_consent_on or clock.today(), version=str(found.version))
    if form.validate_on_submit():
        try:
            services.set_name_consent(village, household_id, form.consent_on.data, form.seen, current_actor())
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            told = f"已登记：{day(form.consent_on.data)}签字同意公开姓名。"
            return _saved(household_id, told, "people.consent")
    return _form_page("people/consent.html", village, household_id, form, status)


@blueprint.post("/<int:household_id>/consent/withdraw")
@requires(Permission.MANAGE_PEOPLE)
def withdraw_consent(village: Place, household_id: int) -> ResponseReturnValue:
    """The household no longer wants its names in public."""
    try:
        services.set_name_consent(village, household_id, None, EditForm().seen, current_actor())
    except PointsBankError as error:
        return _refused(village, household_id, error)
    return _saved(household_id, "已撤回同意。以后公开时，姓名会打码；已经贴出去的榜不会变。", "people.consent")


@blueprint.route("/<int:household_id>/head", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def change_head(village: Place, household_id: int) -> ResponseReturnValue:
    """Another member becomes the head."""
    found, status = queries.household(village.id, household_id), 200
    others = [member for member in found.residents if member.closed_on is None and member.relation != HEAD]
    form = HeadForm(others, version=str(found.version))
    if form.validate_on_submit():
        try:
            services.change_head(
                village,
                household_id,
                int(form.resident.data),
                form.former_relation.data,
                form.seen,
                current_actor(),
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return _saved(household_id, "户主换好了。请核对家里其他人与新户主的关系。", "people.change_head")
    return _form_page("people/change_head.html", village, household_id, form, status, others=others)


@blueprint.post("/<int:household_id>/close")
@requires(Permission.MANAGE_PEOPLE)
def close_household(village: Place, household_id: int) -> ResponseReturnValue:
    """The household is no more; its points and history stay."""
    try:
        services.close_household(village, household_id, EditForm().seen, current_actor())
    except PointsBankError as error:
        return _refused(village, household_id, error)
    tell("这一户和家里的人已注销，积分和明细都留着。弄错了，点“恢复这一户”。")
    return redirect(url_for("people.household", household_id=household_id), 303)


@blueprint.post("/<int:household_id>/reopen")
@requires(Permission.MANAGE_PEOPLE)
def reopen_household(village: Place, household_id: int) -> ResponseReturnValue:
    """The household is there after all."""
    try:
        services.reopen_household(village, household_id, current_actor())
    except PointsBankError as error:
        return _refused(village, household_id, error)
    tell("这一户已恢复，和它一起注销的人也恢复了。")
    return redirect(url_for("people.household", household_id=household_id), 303)


# --- how the above is done ---


def _saved(household_id: int, told: str, undo: str) -> ResponseReturnValue:
    tell(told, undo_url=url_for(undo, household_id=household_id))
    return redirect(url_for("people.household", household_id=household_id), 303)


def _refused(village: Place, household_id: int, error: PointsBankError) -> ResponseReturnValue:
    """The household as it is now, with what was refused above it."""
    form = StatementForm(None)
    return _household_page(village, household_id, form, error.message), error.status


def _form_page(
    template: str, village: Place, household_id: int, form: Form, status: int, **values: Any
) -> ResponseReturnValue:
    """The page of an edit. After a refusal it shows how things stand now, and the next try counts from there."""
    found: Household = queries.household(village.id, household_id)
    is_stale = status == StaleEditError.status and form.version.data != str(found.version)
    if is_stale:
        form.version.data = str(found.version)
    page = render_template(template, form=form, household=found, is_stale=is_stale, **values)
    return page, 422 if status == 200 and form.errors else status
