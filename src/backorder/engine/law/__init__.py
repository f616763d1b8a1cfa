"""What the law asks of a seller whose goods are late, jurisdiction by jurisdiction; the door is `engine.delay_law`."""
