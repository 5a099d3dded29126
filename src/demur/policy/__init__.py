"""Eligibility is decided here and nowhere else: rules, rulesets as data, decisions over columns, explanations.

The builder's mask, the apply step, the portal's explanation and the policy tests call the same function.
"""
