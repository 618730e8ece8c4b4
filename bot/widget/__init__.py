"""The customer's side: one custom element, put together from `source/`, and the demo shop page that carries it."""
