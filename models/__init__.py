"""The model side: encodings, networks, tasks, theory, training and evaluation."""
