"""Spreadsheets of the market: the goods, and what a supplier delivers."""
