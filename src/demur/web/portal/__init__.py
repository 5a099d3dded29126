"""The pages that people see: plain Django views over the register's verbs, without login, cookies or scripts.

A view is: open the link, one call, a page. Nothing is decided here, and no `GET` changes anything, because mail
scanners open every link that they find.
"""
