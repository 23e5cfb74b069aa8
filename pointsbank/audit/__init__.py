"""Append-only trail of who did what, and of what was refused."""
