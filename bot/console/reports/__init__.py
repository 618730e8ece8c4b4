"""The owner's report as pages of the console.

A report takes seconds of one core and libraries that nobody else needs, so a process of its own makes them (`making`,
started by `maker`), beside which the desk stays quick; what it made is kept for a while (`archive`) and only shown by
`page`.
"""
