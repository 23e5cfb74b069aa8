"""Figures across rooms."""
