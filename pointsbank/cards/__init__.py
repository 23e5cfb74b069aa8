"""一卡: the points card of a household: issue, report lost, PIN, the villager's session at a kiosk."""
