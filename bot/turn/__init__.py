"""Turns: one customer message and all that is done for it, from accepting it to the reply."""
