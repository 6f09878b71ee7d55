"""`python -m playground.cli` is `playground`."""

from playground.cli.entry import main

main()
