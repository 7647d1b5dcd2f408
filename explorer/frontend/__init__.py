"""What the browser's half is given: queries and keys packed for the wire, and the built file that draws them."""
