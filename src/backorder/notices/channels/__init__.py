"""The ways messages leave: e-mail, texts, alerts to the operator. Each says what became of what it was given."""
