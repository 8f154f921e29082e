"""The settings of a command: composed, checked, and everything that is made of them."""
