"""How does the world reach the engine? HTTP, commands, store, clock and papers."""
