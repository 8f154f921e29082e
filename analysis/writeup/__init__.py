"""The tables of Lifland, Becker and Campos as data, and the CEGs that follow from them."""
