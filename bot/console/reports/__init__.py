"""The owner's report as pages of the console.

A report takes seconds of one core and libraries that nobody else needs, so each is made by a process of its own
(`making`), beside which the desk stays quick; what it made is kept for a while (`archive`) and only shown by `page`.
"""
