"""What a villager sees and does at the kiosk."""
