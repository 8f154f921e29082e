"""What PTEs that let a model judge work share: a yes or no, and its view of its own work."""
