"""Text and intent scores to ranked answer templates, or an honest "none fits"."""
