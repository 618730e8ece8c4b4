"""What customers write of, and how they feel about it, week by week."""
