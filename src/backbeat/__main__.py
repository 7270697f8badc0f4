"""`python -m backbeat` is the command line."""

from backbeat.cli import main

main()
