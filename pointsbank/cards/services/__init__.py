"""Writes of cards: issue, report lost, PIN, who may collect, and the villager's session at a kiosk."""

from pointsbank.cards.services.deputies import DEPUTIES_MAX, add_deputy, collecting_for, end_deputy
from pointsbank.cards.services.issuing import (
    CARDS_PER_HOUSEHOLD_MAX,
    add_card,
    edit_card,
    issue_cards,
    replace_card,
    report_lost,
)
from pointsbank.cards.services.pins import PIN_WAIT_MESSAGE, check_pin, set_pin, unlock
from pointsbank.cards.services.sessions import SESSION_IDLE, close_session, confirm_pin, open_session, session_of

__all__ = [
    "CARDS_PER_HOUSEHOLD_MAX",
    "DEPUTIES_MAX",
    "PIN_WAIT_MESSAGE",
    "SESSION_IDLE",
    "add_card",
    "add_deputy",
    "check_pin",
    "close_session",
    "collecting_for",
    "confirm_pin",
    "edit_card",
    "end_deputy",
    "issue_cards",
    "open_session",
    "replace_card",
    "report_lost",
    "session_of",
    "set_pin",
    "unlock",
]
