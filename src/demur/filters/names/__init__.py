"""The names tier: persons and places in posts of 24 languages, by a linear tagger of our own (ADR-0028)."""
