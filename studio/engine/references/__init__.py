"""IP-Adapters: the model sees other pictures beside the prompt."""
