"""Tool enhancements: what the model may call while it answers, and calls within running text."""
