"""How the models inside the package were made; see README.md here."""
