"""Go: games in, the next move out, and a program that plays."""
