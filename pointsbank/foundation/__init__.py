"""What every room stands on: clock, points, names, periods, identifiers, errors, actor, database. Knows no domain."""
