"""The phrase that works with no editor: the first half of Scarborough Fair (see examples/)."""
