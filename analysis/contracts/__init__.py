"""The words of the analysis: an experiment, an estimate, a finding."""
