"""What every page and chart shares: one HTML file without a network, one look."""
