"""采购公示: what was bought, from whom, who was asked, who approved and received it; on A4, to hang on the wall."""

from dataclasses import dataclass
from datetime import date

from pointsbank.access import queries as access
from pointsbank.foundation import clock
from pointsbank.foundation.periods import day_title
from pointsbank.foundation.points import format_yuan
from pointsbank.market.models import Purchase
from pointsbank.market.queries import purchases as queries
from pointsbank.market.queries.purchases import LineCame
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.words import Words
from pointsbank.printing.flow import Flow, Rows
from pointsbank.printing.fonts import Fonts
from pointsbank.printing.paper import MM

TITLE = "爱心超市采购公示"


@dataclass(frozen=True, slots=True)
class QuoteShown:
    """A seller's offer on the wall: without the phone."""

    supplier: str
    total_fen: int
    quoted_on: date
    is_chosen: bool
    note: str


@dataclass(frozen=True, slots=True)
class PurchaseNotice:
    """What stands on the sheet. Money in fen."""

    village: str
    committee: str
    supervision: str
    number: int
    title: str
    lines: tuple[LineCame, ...]
    quotes: tuple[QuoteShown, ...]
    facts: tuple[tuple[str, str], ...]
    total_fen: int
    phone: str


def notice_of(village: Place, words: Words, purchase: Purchase) -> PurchaseNotice:
    """The paper of a purchase of which all has come."""
    parts = queries.parts_of(purchase.id)
    lines = queries.lines_came(purchase, [part for came in parts.values() for part in came])
    receivers = [receipt.intake.actor for receipt in purchase.receipts]
    names = access.actor_names(key for key in (purchase.approved_by, *receivers) if key)
    quote = purchase.quote
    facts = [
        ("供货商", quote.supplier if quote else ""),
        ("批准", f"{names.get(purchase.approved_by or '', '')}　{_moment_day(purchase)}"),
        *(
            (
                "验收",
                f"{day_title(one.intake.received_on)}　{names.get(one.intake.actor, '')}、{one.intake.second_receiver}",
            )
            for one in purchase.receipts
        ),
    ]
    facts += [("没有问满三家的理由", purchase.few_reason)] if purchase.few_reason else []
    facts += [("没有选最低价的理由", purchase.choice_reason)] if purchase.choice_reason else []
    facts += [("没有收齐的原因", purchase.shortfall)] if purchase.shortfall else []
    return PurchaseNotice(
        village=village.name,
        committee=f"{village.name}{words.committee.removeprefix(words.place)}",
        supervision=words.supervision,
        number=purchase.serial,
        title=purchase.title,
        lines=tuple(lines),
        quotes=tuple(
            QuoteShown(one.supplier, one.total_fen, one.quoted_on, one is quote, one.note)
            for one in sorted(purchase.standing_quotes, key=lambda one: (one.total_fen, one.position))
        ),
        facts=tuple(facts),
        total_fen=sum(line.came_fen for line in lines),
        phone=places.settings_now(village.id).shop_phone,
    )


def notice_pdf(notice: PurchaseNotice, fonts: Fonts) -> bytes:
    """The sheet; the same purchase gives the same bytes."""
    flow = Flow(fonts, text_size=12, cell_size=11)  # it is read on the wall
    flow.title(f"{notice.village}{TITLE}", f"采购单 {notice.number} 号　{notice.title}")
    flow.facts(notice.facts, 46 * MM)
    flow.heading("买了什么")
    flow.table(
        Rows(
            (
                ("东西", 0.4, "left"),
                ("批准数量", 0.14, "right"),
                ("收到数量", 0.14, "right"),
                ("单价（元）", 0.15, "right"),
                ("金额（元）", 0.17, "right"),
            ),
            [
                (
                    line.good.title,
                    f"{line.wanted} {line.good.unit}",
                    f"{line.came} {line.good.unit}",
                    "" if line.unit_fen is None else format_yuan(line.unit_fen),
                    format_yuan(line.came_fen),
                )
                for line in notice.lines
            ],
            [("合计", "", "", "", format_yuan(notice.total_fen))],
        )
    )
    flow.heading("问了哪几家")
    flow.table(
        Rows(
            (
                ("供货商", 0.34, "left"),
                ("总价（元）", 0.16, "right"),
                ("报价日期", 0.18, "left"),
                ("结果", 0.1, "left"),
                ("备注", 0.22, "left"),
            ),
            [
                (
                    one.supplier,
                    format_yuan(one.total_fen),
                    day_title(one.quoted_on),
                    "选定" if one.is_chosen else "",
                    one.note,
                )
                for one in notice.quotes
            ],
        )
    )
    phone = f"，电话 {notice.phone}" if notice.phone else ""
    flow.signatures(
        f"对这次采购有疑问的，请向{notice.supervision}提出，或到爱心超市查看单据{phone}。",
        ("批准人：", "验收人：", f"{notice.supervision}：", "张贴日期：", f"{notice.committee}（盖章）："),
    )
    return flow.pdf(f"{notice.village}{TITLE}", notice.village, f"{TITLE}　采购单 {notice.number} 号")


def _moment_day(purchase: Purchase) -> str:
    return day_title(clock.day_of(purchase.approved_at)) if purchase.approved_at else ""
