"""The agents' console: queue, conversation, customer. It shows and calls; `bot.conversations` decides what happens."""
