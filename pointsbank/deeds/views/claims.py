"""The list of claims, and one claim with the way it went, its withdrawal and its undoing."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import STEP_NAMES
from pointsbank.deeds import queries, services
from pointsbank.deeds.forms.checking import WithdrawForm
from pointsbank.deeds.forms.claims import ClaimsForm, ReverseForm
from pointsbank.deeds.models import ORIGIN_NAMES, OUTCOME_NAMES, Claim, ClaimState
from pointsbank.deeds.policies.standing import move_words, state_words
from pointsbank.deeds.queries import ClaimFilter, agenda
from pointsbank.deeds.queries.duplicates import alike_claims
from pointsbank.deeds.queries.panel import body_names
from pointsbank.deeds.services import checking
from pointsbank.deeds.views.checking import is_clerk, theirs
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_points
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.models import VILLAGE_OWNER, AccountKind, Book, Transfer, TransferKind
from pointsbank.people import queries as people
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem(
        "deeds.claims",
        "全部申报",
        "journal-text",
        Permission.SEE_HOUSEHOLDS,
        NavigationGroup.MONTH,
        18,
        pages=("deeds.claim", "deeds.reverse", "deeds.withdraw", "deeds.evidence", "deeds.add_evidence"),
    )
)

HOUSEHOLDS_MEANT_MAX = 60  # by the words of the filter
ACCOUNT_NAMES = {
    AccountKind.HOUSEHOLD: "可用积分",
    AccountKind.BASE: "基础积分",
    AccountKind.HELD: "留着的积分",
    AccountKind.OWED: "待扣积分",
}


@dataclass(frozen=True, slots=True)
class BookLine:
    """A transfer that a claim made, as the household sees it: its own account and the change with its sign."""

    transfer: Transfer
    name: str
    account: str
    amount: int


@blueprint.get("/")
@requires(Permission.SEE_HOUSEHOLDS)
def claims(village: Place) -> ResponseReturnValue:
    """What was recorded, the newest first."""
    months = queries.periods_with_claims(village.id, clock.today())
    form = ClaimsForm(request.args, periods=months, groups=places.groups(village.id))
    valid = form.validate()
    wanted = _wanted(village, form) if valid else ClaimFilter()
    found = queries.claims(village.id, wanted, before=form.before.data if valid else None, limit=queries.PAGE_LINES + 1)
    shown = found[: queries.PAGE_LINES]
    page = render_template(
        "deeds/claims.html",
        form=form,
        claims=shown,
        older=shown[-1].serial if len(found) > len(shown) else None,
        in_words=services.in_words,
        state_words=state_words,
        rules=covenant.rules_on(village.id, clock.today()),
        can_export="deeds.export_deeds" in current_app.view_functions,
    )
    return page, 200 if valid else 422


def _wanted(village: Place, form: ClaimsForm) -> ClaimFilter:
    households = None
    if form.who.data:
        hits = people.search(village.id, form.who.data, HOUSEHOLDS_MEANT_MAX)
        by_number = people.household_by_number(village.id, form.who.data)  # closed ones too
        households = {hit.household.id for hit in hits} | ({by_number.id} if by_number else set())
    return ClaimFilter(
        period=form.period.data or None,
        group_number=int(form.group.data) if form.group.data else None,
        household_id=form.household.data,
        household_ids=households,
        rule_words=form.rule.data,
        state=ClaimState(form.state.data) if form.state.data else None,
    )


@blueprint.get("/<int:serial>")
@requires(Permission.SEE_HOUSEHOLDS)
def claim(village: Place, serial: int) -> ResponseReturnValue:
    """One claim: what it is, the way it went, what it booked, and what this person can do with it."""
    return _claim_page(village, queries.claim(village.id, serial)), 200


@blueprint.post("/<int:serial>/reverse")
@requires(Permission.REVERSE_BOOKINGS)
def reverse(village: Place, serial: int) -> ResponseReturnValue:
    """Undo a claim by reversal, once, with a reason."""
    form, status = ReverseForm(), 422
    if form.validate():
        try:
            services.reverse(village, serial, form.reason.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"第 {serial} 笔已撤销，账上记了更正。要是撤错了，请重新记一笔。")
            return redirect(url_for("deeds.claim", serial=serial), 303)
    return _claim_page(village, queries.claim(village.id, serial), reversing=form), status


@blueprint.post("/<int:serial>/withdraw")
@requires(Permission.RECORD_DEEDS)
def withdraw(village: Place, serial: int) -> ResponseReturnValue:
    """Take back a claim that nobody decided on, with a reason."""
    theirs(queries.claim(village.id, serial))
    form, status = WithdrawForm(), 422
    if form.validate():
        try:
            checking.withdraw(village, serial, form.reason.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"第 {serial} 号已撤回，不再算数。要是撤错了，请重新记一笔。")
            if request.form.get("back") == "duplicates" and Permission.CHECK_CLAIMS in g.permissions:
                return redirect(url_for("deeds.duplicates"), 303)
            return redirect(url_for("deeds.claim", serial=serial), 303)
    return _claim_page(village, queries.claim(village.id, serial), withdrawing=form), status


def _claim_page(
    village: Place, found: Claim, *, reversing: ReverseForm | None = None, withdrawing: WithdrawForm | None = None
) -> str:
    steps = queries.steps_of(village.id, found.serial)
    transfers = ledger.transfers_from(village.id, services.SOURCE, found.serial)
    actors = [step.event.actor for step in steps] + [found.actor, found.claimed_by]
    acts = _acts(village, found)
    refusals = [error for form in (reversing, withdrawing) if form for error in form.form_errors]
    return render_template(
        "deeds/claim.html",
        claim=found,
        what=services.in_words(found.rule, found.quantity),
        steps=steps,
        lines=[_book_line(transfer) for transfer in transfers],
        names=access.actor_names(actors),
        state_words=state_words,
        move_words=move_words,
        step_names=STEP_NAMES,
        origin=ORIGIN_NAMES[found.origin],
        acts=acts,
        reversing=(reversing or ReverseForm(formdata=None, key=new_key())) if acts.reverse else None,
        withdrawing=(withdrawing or WithdrawForm(formdata=None, key=new_key())) if acts.withdraw else None,
        check_key=new_key(),
        refusals=refusals if not (acts.reverse or acts.withdraw) else [],
        consequence=_consequence(village, found, transfers) if acts.reverse else "",
        decisions=agenda.decisions_on(found),
        body_names=body_names(village.kind),
        outcome_names=OUTCOME_NAMES,
        alike=alike_claims(village.id, [found]).get(found.serial, []),
    )


@dataclass(frozen=True, slots=True)
class Acts:
    """What is open to the person at the screen now. aside: why they cannot check it, where it waits for that."""

    check: bool
    aside: str
    mend: bool
    withdraw: bool
    reverse: bool


def _acts(village: Place, found: Claim) -> Acts:
    actor, may = current_actor(), g.permissions
    waits = checking.waits_for_check(found) and Permission.CHECK_CLAIMS in may
    aside = checking.why_not_check(village, found, actor) if waits else ""
    own = Permission.RECORD_DEEDS in may and (is_clerk() or checking.is_theirs(found, actor))
    return Acts(
        check=waits and not aside,
        aside=aside,
        mend=own and found.state in checking.MENDABLE,
        withdraw=own and found.state in checking.WITHDRAWABLE,
        reverse=found.state is ClaimState.BOOKED and Permission.REVERSE_BOOKINGS in may,
    )


def _book_line(transfer: Transfer) -> BookLine:
    """REPAY moves within the household: it is told as what goes to the debt."""
    gets = transfer.from_household == VILLAGE_OWNER or transfer.kind is TransferKind.REPAY
    account = ACCOUNT_NAMES[transfer.to_kind if gets else transfer.from_kind]
    if transfer.book is Book.HONOUR:
        account = "荣誉分"
    return BookLine(transfer, people.LINE_NAMES[transfer.kind], account, transfer.amount if gets else -transfer.amount)


def _consequence(village: Place, found: Claim, transfers: Sequence[Transfer]) -> str:
    """What undoing will do to the household's points, in a sentence."""
    earned = sum(transfer.amount for transfer in transfers if transfer.kind is TransferKind.EARN)
    if not transfers:
        return "这一笔没有记分，撤销不动账，只是不再算数。"
    if any(transfer.book is Book.HONOUR for transfer in transfers):
        return f"撤销会收回 {format_points(earned)} 荣誉分。"
    if found.points < 0:
        return f"撤销会退还扣掉的 {format_points(-found.points)} 分。"
    left = ledger.balances(village.id, found.household.serial).spendable
    if left >= earned:
        return f"撤销会收回 {format_points(earned)} 分，这户还剩 {format_points(left - earned)} 分。"
    return (
        f"撤销会收回 {format_points(earned)} 分。这户只剩 {format_points(left)} 分可用，"
        f"其余 {format_points(earned - left)} 分记为待扣，以后得分先抵。"
    )
