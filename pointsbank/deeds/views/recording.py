"""Recording one deed after another with the keyboard alone."""
