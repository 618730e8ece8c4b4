"""The event log and what is learnt from it: profiles, segments, suggestions, reports."""
