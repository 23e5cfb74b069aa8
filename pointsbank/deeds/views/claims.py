"""The list of claims, and one claim with the way it went and its undoing."""
