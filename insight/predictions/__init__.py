"""What each customer is likely to do next, each number with its reasons, and used only if it beats the simple way.

Models are fitted by the refresh on earlier moments whose outcomes are known, and checked on the newest of these. What
they say of each customer is recorded in the log; a serving process reads it in the profile and loads no model. Only
purchase intent within a visit is computed where it is asked for, by trees that the log carries (`profile.visit`).
"""
