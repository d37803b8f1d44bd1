"""What the commands do: output, training, and asking the models. Their arguments are read by `cli`."""
