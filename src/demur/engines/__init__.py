"""Engines run numbered, pure tasks and do nothing else: which one runs never changes a byte (ADR-0008).

The tasks carry paths and digests, not data; a task writes its files whole (temporary name, fsync, rename), so that
running it twice, or half of it once, does no harm. That is the whole contract, and why an engine is about forty lines.
"""
