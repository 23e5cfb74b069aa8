"""Orders that wait at the counter."""
