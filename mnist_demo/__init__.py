"""Handwritten digits, drawn in the browser and read by four models while the pen moves."""
