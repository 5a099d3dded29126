"""The HTTP API of the intake door: one table of routes, from which requests are answered and the document is written.

Nothing of Django is imported here; what counts is decided in `demur.register`.
"""
