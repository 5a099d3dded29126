"""The public log: a tree of hashes that only ever grows, its signed heads, and proofs that work offline.

The formats are those of the transparency-log world (RFC 6962 hashes, C2SP checkpoint, tlog-proof and tlog-tiles), so
that programs which are not ours check them. Whatever verifies needs only the standard library and ``cryptography``.
"""
