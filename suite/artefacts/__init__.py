"""Artefacts: the files that a trained model becomes, their metadata, their scores and their publication."""
