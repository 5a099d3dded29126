"""The portal: where people object, where the data-protection officer looks, where notices are written.

The only package that imports Django. It translates and delegates: what counts is decided in ``demur.register`` and
``demur.policy``.
"""
