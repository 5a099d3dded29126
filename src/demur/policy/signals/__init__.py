"""What people and sites say to machines about AI training, and what it means together: the most restrictive wins.

Every protocol has one reader, from the text as it was found to a preference. What cannot be read is a refusal, because
somebody took the trouble to state something: in doubt, out. Silence is no preference.
"""
