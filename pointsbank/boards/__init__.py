"""一榜: the honor board and the ranking, frozen by the month."""
