"""Handwritten digits, drawn in the browser and read by three models while the pen moves."""
