"""Conversations: gateway, dialogue, actions, shop port, widget, console and command line; the composition root."""
