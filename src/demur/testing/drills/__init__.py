"""Drills: the register under fire, with an oracle outside it that keeps every receipt that was handed out.

``demur.testing.drills.power`` cuts the power, ``demur.testing.drills.kills`` kills processes. Both drive the register
by its public functions alone, so they hold for whatever lies below them.
"""
