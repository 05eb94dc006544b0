"""What picture files tell beside their pixels: written for each reader, read with limits."""
