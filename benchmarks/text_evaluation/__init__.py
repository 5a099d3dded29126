"""Our own evaluation of the text filter: generated posts in 24 languages with exact spans, and the scores of a filter.

The posts are drawn from seeds: carrier sentences (`languages/`), values with check digits, hard and hidden forms, and
look-alike posts that hold nothing personal. Nothing here is used for training; the names are those of one half only
(`names`).
"""
