"""HTTP: JSON API, the way in for events, live updates, pages. Shapes come from `views/`; nothing is computed here."""
