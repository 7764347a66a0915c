"""Sentences in, negative, neutral or positive out; or any other labels."""
