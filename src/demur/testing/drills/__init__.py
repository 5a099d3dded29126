"""Drills: the register under fire, with an oracle outside it that keeps every receipt that was handed out.

``demur.testing.drills.power`` cuts the power, ``kills`` kills processes and database servers, ``failpoints`` kills at
each line, ``together`` lets two sequencers write at once, ``fuzzing`` damages what strangers send. They drive the
register by its public functions alone, so they hold for whatever lies below them.
"""
