"""Tests, one file per behaviour."""
