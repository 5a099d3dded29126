"""The console for the data-protection officer, reviewers and auditors: how things stand, and stopping and going on.

A view is: permission, form, one call of the register, response. What the pages show is read in `reading` and drawn in
`tables` and `charts`; nothing is decided here.
"""
