"""一市: the love supermarket: goods, stock, orders, redemption over the counter."""
