"""What the next picture is to be: the draft that the prompt panel shows."""
