"""Staff, roles, the permission table, sign-in, devices."""
