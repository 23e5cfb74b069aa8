"""What was handed out, and undoing it as a whole or piece by piece."""
