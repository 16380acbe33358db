"""Preparing data and training; nothing here runs at inference."""
