"""How the desk is served: the server, and the bounds of connections to it."""
