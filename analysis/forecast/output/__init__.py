"""What a forecast leaves: tables, plots, forecast.json and a report."""
