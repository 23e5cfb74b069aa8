"""explain: where a line of the book comes from."""

from datetime import date, datetime
from typing import Any

import click

from pointsbank.access import queries as access
from pointsbank.commands.opening import on_village
from pointsbank.commands.terminal import Answer, Command
from pointsbank.deeds.models import BODY_NAMES, OUTCOME_NAMES, STATE_NAMES, Decision
from pointsbank.foundation.points import format_points
from pointsbank.people.queries import LINE_NAMES
from pointsbank.places.models import Place
from pointsbank.reports.queries import trace as reports
from pointsbank.reports.queries.trace import Trace, TracedNotice


@click.command("explain", cls=Command)
@on_village
@click.option("--seq", "sequence", required=True, type=int, metavar="N", help="账上第几笔，即凭证号。")
def explain(village: Place, sequence: int) -> Answer:
    """一笔积分的来历：申报、凭据、细则、条款、评议、公示、更正。"""
    found = reports.explain(village, sequence)
    values = {
        "entry": _entry(found),
        "claim": _claim(found),
        "evidence": [
            {"kind": one.kind.value, "kept": one.kept, "description": one.description} for one in found.evidence
        ]
        or None,
        "rule": _rule(found),
        "clause": _clause(found),
        "meeting": [_meeting(decision) for decision in found.decisions] or None,
        "notice": _notice(found.notice),
        "reversal": [
            {
                "seq": one.sequence,
                "kind": one.kind.value,
                "points": format_points(one.amount),
                "at": _moment(one.booked_at),
            }
            for one in found.reversals
        ]
        or None,
    }
    return Answer(values, _sentences(found))


def _moment(value: datetime) -> str:
    return value.isoformat()


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _entry(found: Trace) -> dict[str, Any]:
    entry = found.entry.transfer
    return {
        "seq": entry.sequence,
        "kind": entry.kind.value,
        "book": entry.book.value,
        "household": found.entry.household.number,
        "points": format_points(found.entry.amount),
        "occurred_on": _day(entry.occurred_on),
        "period": entry.period,
        "booked_at": _moment(entry.booked_at),
        "source": f"{entry.source_type}:{entry.source_serial}",
        "text": found.entry.text,
        "digest": entry.digest.hex(),
    }


def _claim(found: Trace) -> dict[str, Any] | None:
    claim = found.claim
    if claim is None:
        return None
    names = access.actor_names([claim.claimed_by, *(step.event.actor for step in found.steps)])
    return {
        "serial": claim.serial,
        "state": claim.state.value,
        "household": claim.household.number,
        "person": claim.resident.name if claim.resident else None,
        "occurred_on": _day(claim.occurred_on),
        "quantity": format_points(claim.quantity),
        "points_asked": format_points(claim.points_asked),
        "points": format_points(claim.points),
        "cap_reason": claim.cap_reason or None,
        "claimed_by": names[claim.claimed_by],
        "steps": [
            {
                "state": step.event.to_state.value,
                "at": _moment(step.event.at),
                "by": names[step.event.actor],
                "reason": step.reason or None,
            }
            for step in found.steps
        ],
    }


def _rule(found: Trace) -> dict[str, Any] | None:
    if found.rule is None:
        return None
    rule = found.rule.rule
    return {
        "code": rule.code,
        "name": rule.name,
        "version": rule.book.version,
        "effective_on": _day(rule.book.effective_on),
        "points": format_points(rule.points),
        "unit": rule.unit,
        "adopted_on": _day(found.rule.adoption.resolved_on) if found.rule.adoption else None,
    }


def _clause(found: Trace) -> dict[str, Any] | None:
    if found.clause is None:
        return None
    clause, text = found.clause.clause, found.clause.covenant
    return {"code": clause.code, "text": clause.text, "version": text.version, "effective_on": _day(text.effective_on)}


def _meeting(decision: Decision) -> dict[str, Any]:
    return {
        "serial": decision.meeting.serial,
        "body": decision.meeting.body.value,
        "held_on": _day(decision.meeting.held_on),
        "outcome": decision.outcome.value,
        "points": format_points(decision.points),
        "reason": decision.reason or None,
        "in_favour": decision.in_favour,
        "against": decision.against,
        "abstained": decision.abstained,
        "recused": [recusal.staff.name for recusal in decision.recusals],
    }


def _notice(found: TracedNotice | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "serial": found.notice.serial,
        "state": found.notice.state.value,
        "last_day": _day(found.notice.last_day),
        "hangings": [
            {
                "group": sheet.group.name if sheet.group else None,
                "venue": sheet.venue,
                "hung_by": sheet.hung_by or None,
                "hung_on": _day(sheet.hung_on),
            }
            for sheet in found.hangings
        ],
        "objections": [
            {"outcome": one.outcome.value if one.outcome else None, "reason": one.outcome_reason or None}
            for one in found.objections
        ],
    }


def _sentences(found: Trace) -> list[str]:
    entry = found.entry
    lines = [
        f"第 {entry.transfer.sequence} 笔：{entry.household.number} 户，{LINE_NAMES[entry.transfer.kind]} "
        f"{format_points(entry.amount)} 分，{entry.text or '没有说明'}。"
    ]
    if found.claim is not None and found.rule is not None:
        rule = found.rule.rule
        lines.append(f"申报：第 {found.claim.serial} 号，{STATE_NAMES[found.claim.state]}。")
        lines.append(f"细则：第 {rule.book.version} 版 {rule.code} {rule.name}。")
    if found.clause is not None:
        lines.append(f"条款：{found.clause.clause.code}，{found.clause.clause.text}")
    lines += [
        f"评议：{decision.meeting.held_on}，{BODY_NAMES[decision.meeting.body]}，{OUTCOME_NAMES[decision.outcome]}。"
        for decision in found.decisions
    ]
    if found.notice is not None:
        hung = "；".join(f"{sheet.venue} {sheet.hung_on or '还没有张贴'}" for sheet in found.notice.hangings)
        lines.append(f"公示：第 {found.notice.notice.serial} 期。{hung}")
    lines += [f"更正：第 {one.sequence} 笔。" for one in found.reversals]
    return lines
