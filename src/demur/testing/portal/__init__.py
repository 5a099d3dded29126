"""Walking through the portal as people do: by the thousand, in every language, with whatever stands in their way.

A *cell* is one way to an objection in one language. It ends with a receipt that verifies, or it is a dead end
(`demur.testing.portal.matrix`). The effort of a way is modelled from what was clicked, typed and read in a browser
(`demur.testing.portal.effort`).
"""
