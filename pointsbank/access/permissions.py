"""The permission table: who may do what. Every route declares one entry of it."""

from enum import StrEnum

from pointsbank.access.models import Role


class Permission(StrEnum):
    """What a person can be allowed at a village."""

    SEE_VILLAGE = "see_village"  # home, search, month figures, board on screen
    SEE_HOUSEHOLDS = "see_households"  # household pages with statements
    MANAGE_PEOPLE = "manage_people"  # roster: import, edit
    SEE_RULES = "see_rules"
    MANAGE_RULES = "manage_rules"
    RECORD_DEEDS = "record_deeds"
    CHECK_CLAIMS = "check_claims"  # first check, evidence, telling a household of a deduction
    REVIEW_CLAIMS = "review_claims"  # meetings and their decisions; also re-check
    DECLARE_KIN = "declare_kin"  # the households that one stands aside from
    MANAGE_NOTICES = "manage_notices"  # what goes on the wall, booking it afterwards
    HANG_NOTICES = "hang_notices"  # say that a sheet hangs
    TAKE_OBJECTIONS = "take_objections"
    EXAMINE_OBJECTIONS = "examine_objections"
    SUPERVISE = "supervise"  # samples, questions, signing the month
    SEE_OVERSIGHT = "see_oversight"
    END_YEAR = "end_year"
    REVERSE_BOOKINGS = "reverse_bookings"
    MANAGE_CARDS = "manage_cards"
    SEE_GOODS = "see_goods"
    MANAGE_GOODS = "manage_goods"  # goods, receiving, write-off, count, day close
    CONFIRM_STOCKTAKE = "confirm_stocktake"  # a second person, who has not counted
    APPROVE_PURCHASES = "approve_purchases"  # of another person's draft
    MANAGE_PARTNERS = "manage_partners"  # agreements with shops that redeem: whom the village owes how much
    SERVE_COUNTER = "serve_counter"
    ANSWER_CALLS = "answer_calls"  # hear the kiosk's bell, say that one comes
    SEE_FUND = "see_fund"  # the register, donations with their donors, subsidies, coverage
    MANAGE_FUND = "manage_fund"
    MANAGE_MONTH = "manage_month"  # merits, close, freeze, print
    VERIFY = "verify"
    MANAGE_STAFF = "manage_staff"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_SETTINGS = "manage_settings"


_EVERYONE = frozenset(Role)
_OFFICE = frozenset({Role.CLERK, Role.ADMINISTRATOR})
_DECIDING = frozenset({Role.CLERK, Role.GROUP_HEAD, Role.REVIEWER, Role.COMMITTEE, Role.SUPERVISION})

PERMISSION_TABLE: dict[Permission, frozenset[Role]] = {
    Permission.SEE_VILLAGE: _EVERYONE,
    Permission.SEE_HOUSEHOLDS: _OFFICE | {Role.GROUP_HEAD, Role.REVIEWER, Role.COMMITTEE, Role.SUPERVISION},
    Permission.MANAGE_PEOPLE: _OFFICE,
    Permission.SEE_RULES: _EVERYONE,
    Permission.MANAGE_RULES: _OFFICE,
    Permission.RECORD_DEEDS: frozenset({Role.CLERK, Role.GROUP_HEAD}),
    Permission.CHECK_CLAIMS: frozenset({Role.CLERK, Role.GROUP_HEAD}),
    Permission.REVIEW_CLAIMS: frozenset({Role.CLERK, Role.REVIEWER, Role.COMMITTEE, Role.SUPERVISION}),
    Permission.DECLARE_KIN: _OFFICE | _DECIDING,
    Permission.MANAGE_NOTICES: frozenset({Role.CLERK}),
    Permission.HANG_NOTICES: frozenset({Role.CLERK, Role.GROUP_HEAD}),
    Permission.TAKE_OBJECTIONS: frozenset({Role.CLERK, Role.GROUP_HEAD, Role.SUPERVISION}),
    Permission.EXAMINE_OBJECTIONS: _DECIDING,
    Permission.SUPERVISE: frozenset({Role.SUPERVISION}),
    Permission.SEE_OVERSIGHT: _OFFICE | {Role.COMMITTEE, Role.SUPERVISION},
    Permission.END_YEAR: frozenset({Role.CLERK}),
    Permission.REVERSE_BOOKINGS: frozenset({Role.CLERK}),
    Permission.MANAGE_CARDS: _OFFICE,
    Permission.SEE_GOODS: _OFFICE | {Role.SHOPKEEPER, Role.COMMITTEE, Role.SUPERVISION},
    Permission.MANAGE_GOODS: frozenset({Role.CLERK, Role.SHOPKEEPER}),
    Permission.CONFIRM_STOCKTAKE: frozenset({Role.CLERK, Role.COMMITTEE, Role.SUPERVISION}),
    Permission.APPROVE_PURCHASES: frozenset({Role.COMMITTEE, Role.SUPERVISION}),
    Permission.MANAGE_PARTNERS: _OFFICE,  # a shopkeeper could agree with themselves
    Permission.SERVE_COUNTER: frozenset({Role.SHOPKEEPER, Role.CLERK}),
    Permission.ANSWER_CALLS: frozenset({Role.SHOPKEEPER, Role.CLERK}),
    Permission.SEE_FUND: _OFFICE | {Role.COMMITTEE, Role.SUPERVISION},
    Permission.MANAGE_FUND: _OFFICE,
    Permission.MANAGE_MONTH: frozenset({Role.CLERK}),
    Permission.VERIFY: _OFFICE | {Role.SUPERVISION, Role.COMMITTEE, Role.OFFICER},
    Permission.MANAGE_STAFF: frozenset({Role.ADMINISTRATOR}),
    Permission.MANAGE_DEVICES: _OFFICE,
    Permission.MANAGE_SETTINGS: _OFFICE,
}

ROLE_NAMES = {
    Role.CLERK: "文书",
    Role.GROUP_HEAD: "组长（网格员）",
    Role.REVIEWER: "积分评议员",
    Role.COMMITTEE: "“两委”干部",
    Role.SUPERVISION: "监督委员会成员",
    Role.SHOPKEEPER: "超市管理员",
    Role.OFFICER: "上级工作人员",
    Role.ADMINISTRATOR: "管理员",
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """What these roles together may do."""
    return frozenset(permission for permission, allowed in PERMISSION_TABLE.items() if roles & allowed)
