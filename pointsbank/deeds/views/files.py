"""Deeds in and out of .xlsx."""
