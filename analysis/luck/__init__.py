"""How far one training run lies off its recipe's average, and the gains that this bears on."""
