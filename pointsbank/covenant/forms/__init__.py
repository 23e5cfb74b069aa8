"""What people fill in about the covenant: its text, how it was adopted, and the rules."""
