"""Finding passages in a corpus: the index that tools and prompting share."""
