"""Where: city → county → town → village or community → group; words by kind; a village's settings."""
