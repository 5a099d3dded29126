"""How every page looks: one stylesheet, compiled by `tools/compile_look.sh`, and what every page says of itself.

The stylesheet is committed, so that neither installing nor serving Demur needs Node. Its colours are custom properties;
a platform may set the accent, and nothing else, in `[portal]` of its configuration.
"""
