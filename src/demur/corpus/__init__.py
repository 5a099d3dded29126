"""Corpora: built from a snapshot and sources, followed by `Removals` for as long as they live, read through one gate."""
