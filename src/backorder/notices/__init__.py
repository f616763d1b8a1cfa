"""What we tell the outside: webhooks, written from journal facts, signed, retried, never lost."""
