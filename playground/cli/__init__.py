"""The command line: `playground --help`. One file per family of commands."""

from playground.cli.main import main

__all__ = ["main"]
