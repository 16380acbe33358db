"""One file a task: request to prompt to takes."""
