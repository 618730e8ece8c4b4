"""The page "Answers": groups of questions without a good answer, the form that answers them, and what is published.

Whoever is signed in may publish and take back, whatever the role: the row names who did, and nothing is ever lost.
"""
