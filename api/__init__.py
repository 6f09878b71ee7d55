"""The HTTP API: one file per resource; `app.py` puts them together."""
