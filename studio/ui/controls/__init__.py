"""Small controls that several panes share. They know nothing of pictures or jobs."""
