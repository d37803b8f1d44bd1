"""The pad as plain files."""
