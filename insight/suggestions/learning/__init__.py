"""What suggestions are made from, learnt from all orders, descriptions and showings; only the refresh imports it."""
