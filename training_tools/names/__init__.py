"""Trains the tagger of `demur.filters.names`: texts, lists, features and weights, the same bytes for the same seed."""
