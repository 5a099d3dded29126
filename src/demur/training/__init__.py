"""Training under the gate: what a run reads, when it read it, and that an objection stops it at the next batch.

`plan` fixes the order, `reader` reads it, `guard` masks what was removed at the last moment, `ledger` writes down what
was delivered, `lineage` answers from it, `loop` trains. Only `model`, `loop` and `tokenizer` need the extra ``train``.
"""
