"""Secrets and what is made with them: the keyring, subject keys, signed notes and key rotation.

Whatever verifies (notes, rotation, the public keys, pseudonyms) needs only the standard library and ``cryptography``.
"""
