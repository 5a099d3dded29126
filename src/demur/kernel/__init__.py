"""The words of the domain: closed lists, errors, time and canonical bytes.

Everything above speaks these words, so this package depends on nothing above it. It uses the standard library and, for
canonical bytes alone, ``rfc8785`` (ADR-0002).
"""
