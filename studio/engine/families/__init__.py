"""One file for each model family: encode the prompt, shape the latents, predict."""
