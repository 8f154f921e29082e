"""What of a machine works, and what to do about the rest: the checks of `pte doctor`."""
