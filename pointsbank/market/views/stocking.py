"""Receiving, writing off, counting, and the moves of stock."""
