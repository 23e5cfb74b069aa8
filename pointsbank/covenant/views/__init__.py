"""Pages of the covenant: its text, how versions were adopted, the rules and their versions."""

from pointsbank.covenant.views import adoption, importing, rules, text, versions
from pointsbank.covenant.views.desk import blueprint

__all__ = ["adoption", "blueprint", "importing", "rules", "text", "versions"]
