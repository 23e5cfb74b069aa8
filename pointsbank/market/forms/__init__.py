"""What people fill in about goods, deliveries, baskets and undoing. Prices and totals always come from the server."""
