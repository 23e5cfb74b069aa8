"""资金台账（备查）: the love supermarket's money and gifts, and whether they cover the points.

A register beside the village's accounts, which the town keeps (村账镇代管); no ledger of the law.
"""
