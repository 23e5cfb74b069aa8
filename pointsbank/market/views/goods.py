"""The list of goods, one good, the goods sheet."""
