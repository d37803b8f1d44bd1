"""The Training tab: what a visitor sets up, watches, keeps and compares."""
