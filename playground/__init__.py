"""Shared core of the playground: what both the API and the workers stand on."""

__version__ = "0.1.0"
