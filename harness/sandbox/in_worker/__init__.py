"""What runs in a worker: the jail, the forks in it, and the code that runs programs.

Nothing but the standard library is imported here, so that a fork is small and starts quickly.
"""
