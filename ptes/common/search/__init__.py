"""What searches share: legal feedback on an attempt, what is learnt from it, and a tree."""
