"""HTTP: signing in, files, pairing, history, administration of secrets, drills, pages, health."""
