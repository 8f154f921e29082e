"""Post-training enhancements, one file each, in folders named after the seed's categories."""
