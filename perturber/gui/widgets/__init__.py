"""Small widgets that are independent of sessions: they show values and report the user's edits."""
