"""The words after python3 run.py: a surface like the desk, for the terminal and for scripts."""
