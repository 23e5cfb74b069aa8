"""The counter: a household's basket, confirmed and handed out."""
