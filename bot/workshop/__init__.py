"""The workshop: questions without a good answer, grouped, and turned by agents into answers that everybody gets."""
