"""Text to Parse: intents, entities, sentiment and out-of-scope, by a fine-tuned BERT encoder."""
