"""What ends an installation with one message in place of a traceback."""


class InstallError(Exception):
    """Something this program cannot mend: what it is, and what to do."""
