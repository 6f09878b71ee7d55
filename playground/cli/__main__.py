"""`python -m playground.cli` is `playground`."""

from playground.cli.main import main

main()
