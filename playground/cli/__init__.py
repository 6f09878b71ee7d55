"""The command line: `playground --help`. One file per family of commands."""

from playground.cli.entry import main

__all__ = ["main"]
