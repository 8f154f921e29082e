"""Solution choice enhancements: which of many finished attempts is submitted."""
