"""What the desk fills in: a printed head to compare, the village's policies, a year to end."""

from pointsbank.desk.forms.policies import SECTIONS, SettingsForm
from pointsbank.desk.forms.verifying import VerifyForm
from pointsbank.desk.forms.year_end import EndForm, YearForm

__all__ = ["SECTIONS", "EndForm", "SettingsForm", "VerifyForm", "YearForm"]
