"""What is filled in about deeds."""
