"""Pure decisions: values in, values out. No framework, no clock, no randomness, no input or output."""
