"""The demo shop: server-rendered pages that show products and carry the widget. A real shop has its own pages."""
