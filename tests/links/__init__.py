"""Pipes, links and their survival."""
