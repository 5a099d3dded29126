"""The notice inside a platform's own app: signed texts, two requests, and a web component that needs nothing else.

The pages' process holds no key that signs (ADR-0017). The texts are the same for everybody, so whoever starts the
servers signs them beforehand, and the pages hand out what was signed; what is a person's own is not part of it.
"""
