"""Money: what happened to it, and what must happen to it by when. No card is ever held here."""
