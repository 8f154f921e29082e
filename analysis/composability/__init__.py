"""How PTEs combine: pairs, lattices, and the total over categories."""
