"""The register: who objected, who was told, which accounts belong together, and the log that proves it.

Nothing is updated in place: objections, withdrawals, links, notices and account facts are only ever inserted, and what
holds at an instant is computed from the history. The register shares no database with a builder; a builder gets a
signed `RegisterSnapshot` (ADR-0002).
"""
