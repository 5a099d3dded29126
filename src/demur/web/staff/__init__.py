"""Who works in the console: their accounts, how they log in, what they may do, and the log of what they did.

Staff accounts and sessions are Django's, in a database of their own; nothing about the people of the register is there.
"""
