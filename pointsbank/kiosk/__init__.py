"""The villager's screen in the shop."""
