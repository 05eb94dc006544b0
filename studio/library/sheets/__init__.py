"""Pictures made of pictures: contact sheets, grids, strips of steps, films."""
