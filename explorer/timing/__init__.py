"""What a computation costs on this machine, measured when somebody asks: time, and memory at its most."""
