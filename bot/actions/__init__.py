"""Rasa's custom actions: what the bot does and says, one file a topic.

An action is a function of a `Context` (services) and a `Request` (this turn); it returns an `Outcome`: reply parts and
Rasa events. Forms are values (`form.Form`) that `form.advance` walks. `registry` lists them all, `server` serves them.
"""
