"""An order that stands is edited, cancelled, substituted or blocked."""
