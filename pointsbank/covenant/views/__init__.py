"""Pages of the covenant: its text, how versions were adopted, the rules, their draft, what comes from above."""

from pointsbank.covenant.views import adoption, drafting, importing, papers, rules, tables, text, versions
from pointsbank.covenant.views.desk import blueprint

__all__ = ["adoption", "blueprint", "drafting", "importing", "papers", "rules", "tables", "text", "versions"]
