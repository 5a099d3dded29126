"""Reading a platform's content: account and item ids are keyed in the first step and dropped.

A source is one of six extension points: a small protocol (`demur.sources.source`), an entry-point group
(``demur.sources``) and a contract test class (`demur.testing.source_contract`).
"""
