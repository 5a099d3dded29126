"""Corpora: built from a snapshot and sources, followed by `Removals` while they live, read through one gate."""
