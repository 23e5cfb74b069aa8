"""Papers of the way from claim to booking."""
