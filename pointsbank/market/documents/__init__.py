"""Paper of the market: receipts, the day's close, stock-takes, purchases, settlements, what is wanted."""
