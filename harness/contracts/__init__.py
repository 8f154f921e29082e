"""The contracts that everything else stands on: small frozen data and a few protocols.

`problem` and `prompt` say what is asked, `address` and `draw` how a completion is known and asked
for, `attempt` what a solver makes of it, `solver` and `pte` who makes it, `benchmark` who grades.
"""
