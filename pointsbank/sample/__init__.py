"""The sample village: its roster, rules and goods from sample/*.xlsx, and some months of life through the services."""

from pointsbank.sample.loader import SampleSignIn, SignIns, load_sample

__all__ = ["SampleSignIn", "SignIns", "load_sample"]
