"""The filters: what is cut out of a text, and which texts say the same.

Identifiers (`text`), data about people without an account (`suppressions`), exact and near duplicates (`duplicates`).
Each works on whole columns and gives the same result for a row whatever its neighbours are.
"""
