"""Batch work over the whole log: what a step of `insight.refresh` works with, and the tables it finds there."""
