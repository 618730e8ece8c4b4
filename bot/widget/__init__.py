"""The customer's side: `widget.js`, one custom element, and the demo shop page that carries it."""
