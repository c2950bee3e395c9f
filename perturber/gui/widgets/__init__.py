"""Small widgets that know nothing of sessions: they show values and tell what a person does."""
