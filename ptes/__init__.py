"""Post-training enhancements, one file each, in folders named after Lifland et al.'s categories."""
