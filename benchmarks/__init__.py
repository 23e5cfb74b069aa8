"""Speed as a ratio to a bare-database floor measured in the same run, variants taken in turn."""
