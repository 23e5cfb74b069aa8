"""A group's paper sheet typed in as a grid."""
