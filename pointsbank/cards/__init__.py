"""一卡: the points cards of a household: issue, report lost, PIN, who may collect, the session at a kiosk."""
