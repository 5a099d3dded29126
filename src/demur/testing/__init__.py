"""What people who extend Demur test with: contract tests for the extension points, and the sample platform *Agora*.

A contract (``demur.testing.engine_contract`` and its like) is a class of tests that the author of a source, filter,
engine, notice channel, ledger store or audit probe inherits. Agora (``demur.testing.agora``) is an invented platform,
made from a seed, on which the demo and the integration tests run; nobody in it exists. The drills
(``demur.testing.drills``) put a register under fire.
"""
