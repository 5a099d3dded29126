"""Who may object without a link, a key or a signature while the door is under load, and when it is their turn.

While nothing is wrong nobody is asked for anything. Under load whoever nobody vouches for does a proof of work, or
waits in the slow lane: a turn, sealed into a ticket, which comes for everybody. An objection is delayed and never
dropped (REQUIREMENTS OBJ-12).
"""
