"""The blueprint of the covenant's pages at the desk, its entry, and what its templates do with values."""

from flask import Blueprint

from pointsbank.access.permissions import Permission
from pointsbank.covenant.differences import (
    clause_in_words,
    evidence_in_words,
    in_words,
    limits_in_words,
    points_in_words,
    source_in_words,
    steps_in_words,
)
from pointsbank.covenant.models import EFFECT_NAMES, SIGNATURE_NAMES, THEME_NAMES, THEME_TITLES, TRACK_NAMES
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

blueprint = Blueprint("covenant", __name__, url_prefix="/desk/<village_code>/covenant", template_folder="../templates")
register(NavigationItem("covenant.rules", "一约", "book", Permission.SEE_RULES, NavigationGroup.ONES, 10))

blueprint.add_app_template_filter(points_in_words, "rule_points")
blueprint.add_app_template_filter(limits_in_words, "rule_cap")  # points, times and quantity
blueprint.add_app_template_filter(evidence_in_words, "rule_evidence")
blueprint.add_app_template_filter(source_in_words, "rule_source")
blueprint.add_app_template_filter(steps_in_words, "rule_steps")
blueprint.add_app_template_filter(in_words, "rule_in_words")
blueprint.add_app_template_filter(clause_in_words, "clause_words")
blueprint.add_app_template_filter(TRACK_NAMES.__getitem__, "track_name")
blueprint.add_app_template_filter(EFFECT_NAMES.__getitem__, "effect_name")
blueprint.add_app_template_filter(THEME_NAMES.__getitem__, "theme_name")
blueprint.add_app_template_filter(THEME_TITLES.__getitem__, "theme_title")
blueprint.add_app_template_filter(SIGNATURE_NAMES.__getitem__, "signature_name")
