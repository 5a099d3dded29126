"""Notices: what they say, how they are checked before anybody gets one, and the ways by which they reach people.

Nothing here knows the register or decides who gets what: texts come in, checked texts and mails go out, and what comes
back (bounces, replies) is read.
"""
