"""The clerk's office: sign-in, home, search."""
