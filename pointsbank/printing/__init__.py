"""Fonts, paper, codes and charts: how things look in print. Knows no domain."""
