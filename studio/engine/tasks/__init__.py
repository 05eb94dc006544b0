"""One file for each kind of job: how a request becomes pictures, from its model to ImageReady."""
