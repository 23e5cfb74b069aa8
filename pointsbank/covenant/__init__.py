"""一约: the village's covenant and its rule book, in versions."""
