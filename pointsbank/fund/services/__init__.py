"""Writes of the fund: lines of the register, donations, applications for subsidies."""

from pointsbank.fund.services.donations import (
    DonationDraft,
    GivenGood,
    accept,
    answer_wish,
    cancel,
    give_points,
)
from pointsbank.fund.services.entries import EntryDraft, add_voucher, record, reverse
from pointsbank.fund.services.subsidies import apply_for, receive, refuse

__all__ = [
    "DonationDraft",
    "EntryDraft",
    "GivenGood",
    "accept",
    "add_voucher",
    "answer_wish",
    "apply_for",
    "cancel",
    "give_points",
    "receive",
    "record",
    "refuse",
    "reverse",
]
