"""Canonical JSON, hash chain and signatures."""
