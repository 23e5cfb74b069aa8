"""The book: accounts, transfers, holds, reversals, submissions, chain, statements, months.

It knows no rules and no goods. Households and actors appear by their never-changing serial, so that a village
can move between installations and both databases give the same head.
"""
