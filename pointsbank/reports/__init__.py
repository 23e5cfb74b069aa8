"""Figures and checks across rooms: verification of everything."""
