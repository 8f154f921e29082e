"""Lifland et al.'s forecast of total CEG, with distributions and with measured values."""
