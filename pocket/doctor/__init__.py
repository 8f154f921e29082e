"""The doctor's smoke run: a pocket model on this machine's engine, against transformers."""

from pocket.doctor.checks import CHECKS as CHECKS
