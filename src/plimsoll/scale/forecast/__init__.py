"""What the load will be: a trend for the next seconds, yesterday for the next minutes. Forecasts only ever raise."""
