"""Groups of customers that nobody named: who behaves alike and writes of the same things.

`step` finds them in the refresh, and only if they are stable; `model` says in the worker whose group is nearest. They
stand beside the rule segments (`insight.segments`) and are entered and left by the same events.
"""
