"""The tables of staff, step by step."""
