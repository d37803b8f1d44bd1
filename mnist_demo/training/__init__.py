"""Training: losses, optimizers, the loop, and the processes that run it."""
