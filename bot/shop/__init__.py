"""The shop behind a port: products, customers and orders, whoever keeps them."""
