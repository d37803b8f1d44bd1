"""The models, their checkpoints, and what they answer."""
