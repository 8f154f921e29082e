"""The check on the method: the base model that a CEG speaks of is trained, and asked.

A CEG of 3 on a rung says that a base model trained with 3 times the rung's compute scores what the
rung scores with the stack. Here that model is trained, with seeds that the ladder has not seen, and
the two scores are compared.
"""
