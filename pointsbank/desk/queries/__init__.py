"""What the desk's pages show, in few queries."""
