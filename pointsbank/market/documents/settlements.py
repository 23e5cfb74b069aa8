"""结算单: what a partner shop gave and what it is paid, line by line, to be signed by both; on A4 and as .xlsx."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pointsbank.foundation.names import masked_name
from pointsbank.foundation.points import UNITS_PER_POINT, format_points, format_yuan
from pointsbank.foundation.spreadsheets import Column, write_sheet
from pointsbank.market.models import SettlementState
from pointsbank.market.queries.settlements import Account, DueLine
from pointsbank.places.models import Place
from pointsbank.places.words import Words
from pointsbank.printing.flow import Flow, Rows
from pointsbank.printing.fonts import Align, Fonts

TITLE = "合作商店积分兑换结算单"
DRAFT = "（草稿，数字还会变）"
COLUMNS: tuple[tuple[str, float, Align], ...] = (
    ("小票", 0.07, "right"),
    ("日期", 0.13, "left"),
    ("住户", 0.19, "left"),
    ("东西", 0.2, "left"),
    ("数量", 0.1, "right"),
    ("积分", 0.09, "right"),
    ("约定价", 0.1, "right"),
    ("金额（元）", 0.12, "right"),
)
SETTLEMENT_COLUMNS = (
    Column("小票号"),
    Column("日期"),
    Column("户编号"),
    Column("户主", width=10),
    Column("东西", width=24),
    Column("单位", width=8),
    Column("数量", width=8),
    Column("积分", width=10),
    Column("约定价（元）", width=14),
    Column("价值（元）", width=14),
    Column("结算比例（%）", width=14),
    Column("说明", width=20),
)


@dataclass(frozen=True, slots=True)
class SettlementSheet:
    """What stands on the paper."""

    village: str
    committee: str
    number: int
    partner: str
    keeper: str
    phone: str
    days: str
    is_draft: bool
    facts: tuple[tuple[str, str], ...]
    goods: tuple[tuple[str, ...], ...]
    lines: tuple[tuple[str, ...], ...]
    deductions: tuple[tuple[str, ...], ...]
    sums: tuple[str, ...]


def sheet_of(village: Place, words: Words, account: Account) -> SettlementSheet:
    """The paper of a settlement; of an open one it is a draft."""
    settlement, partner = account.settlement, account.settlement.partner
    percents = {line.percent for line in account.shown if not line.is_deduction}
    percent = percents.pop() if len(percents) == 1 else partner.pay_percent
    facts = [
        ("兑换", f"{account.redemptions} 笔，{format_points(account.points)} 分"),
        ("约定价值", f"{format_yuan(account.value_fen)} 元"),
        ("结算比例", f"{percent}%"),
    ]
    facts += (
        [("其中扣减", f"{format_yuan(account.deducted_fen)} 元（以前结算过、后来退回的）")]
        if account.deducted_fen
        else []
    )
    facts.append(_payable(account.payable_fen))
    if settlement.signed_on:
        signers = f"{settlement.partner_signer}、{settlement.village_signer}"
        facts.append(("签字", f"{signers}，{_day(settlement.signed_on)}"))
    return SettlementSheet(
        village=village.name,
        committee=f"{village.name}{words.committee.removeprefix(words.place)}",
        number=settlement.serial,
        partner=partner.name,
        keeper=partner.keeper,
        phone=partner.phone,
        days=f"{_day(account.first_day)} 至 {_day(settlement.last_day)}",
        is_draft=settlement.state is SettlementState.OPEN,
        facts=tuple(facts),
        goods=tuple(
            (one.title, f"{one.pieces} {one.unit}", format_yuan(one.value_fen), format_yuan(one.sum_fen))
            for one in account.goods
        ),
        lines=tuple(_row(line) for line in account.shown if not line.is_deduction),
        deductions=tuple(_row(line) for line in account.shown if line.is_deduction),
        sums=("合计", "", "", "", "", format_points(account.points), "", format_yuan(account.value_fen)),
    )


def _payable(fen: int) -> tuple[str, str]:
    """What is paid, or, where more came back than went out, what the shop gives back."""
    return ("应付", f"{format_yuan(fen)} 元") if fen >= 0 else ("商店应退", f"{format_yuan(-fen)} 元")


def _row(line: DueLine) -> tuple[str, ...]:
    return (
        str(line.receipt),
        line.redeemed_on.isoformat(),
        f"{line.household} {masked_name(line.head_name)}",
        line.title,
        f"{line.pieces} {line.unit}",
        format_points(line.pieces * line.points_price),
        format_yuan(line.value_fen),
        format_yuan(line.pieces * line.value_fen),
    )


def sheet_pdf(sheet: SettlementSheet, fonts: Fonts) -> bytes:
    """The paper; the same settlement gives the same bytes."""
    flow = Flow(fonts)
    state = DRAFT if sheet.is_draft else ""
    flow.title(f"{sheet.village}{TITLE}", f"第 {sheet.number} 号　{sheet.days}{state}")
    phone = f"，电话 {sheet.phone}" if sheet.phone else ""
    flow.facts((("合作商店", f"{sheet.partner}（店主 {sheet.keeper}{phone}）"), *sheet.facts))
    flow.heading("按东西合计")
    flow.table(
        Rows(
            (
                ("东西", 0.46, "left"),
                ("数量", 0.18, "right"),
                ("约定价（元）", 0.18, "right"),
                ("金额（元）", 0.18, "right"),
            ),
            sheet.goods,
        )
    )
    flow.heading("逐笔明细")
    flow.table(Rows(COLUMNS, sheet.lines, () if sheet.deductions else (sheet.sums,)))
    if sheet.deductions:
        flow.heading("扣减：以前结算过、后来退回的")
        flow.table(Rows(COLUMNS, sheet.deductions, (sheet.sums,)))
    flow.signatures(
        "双方核对无误，签字盖章后结算。积分不兑现金，本单只付给合作商店。",
        ("合作商店（签字）：", "爱心超市（签字）：", "日期：", f"{sheet.committee}（盖章）："),
    )
    return flow.pdf(f"{sheet.village}{TITLE}", sheet.village, f"{TITLE}　第 {sheet.number} 号　{sheet.partner}{state}")


def sheet_xlsx(account: Account) -> bytes:
    """All lines, deductions below 0."""
    rows: list[list[str | int | Decimal | date | None]] = [
        [
            line.receipt,
            line.redeemed_on,
            line.household,
            masked_name(line.head_name),
            line.title,
            line.unit,
            line.pieces,
            Decimal(line.pieces * line.points_price) / UNITS_PER_POINT,
            Decimal(format_yuan(line.value_fen)),
            Decimal(format_yuan(line.pieces * line.value_fen)),
            line.percent,
            "以前结算过，后来退回" if line.is_deduction else "",
        ]
        for line in account.shown
    ]
    rows.append(
        [
            "合计",
            None,
            None,
            None,
            None,
            None,
            None,
            Decimal(account.points) / UNITS_PER_POINT,
            None,
            Decimal(format_yuan(account.value_fen)),
            None,
            f"应付 {format_yuan(account.payable_fen)} 元",
        ]
    )
    return write_sheet(f"结算单{account.settlement.serial}", SETTLEMENT_COLUMNS, rows)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
