"""What the project claims about speed, measured. Each module is a command that prints JSON lines; see
--help."""
