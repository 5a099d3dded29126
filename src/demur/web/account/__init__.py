"""The page of somebody who logged in with their account on the platform: what is covered, what was done, and undoing.

The platform's own login says who they are (OpenID Connect); the session keeps subject keys and nothing else.
"""
