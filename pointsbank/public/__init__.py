"""The wall: what everybody may see."""
