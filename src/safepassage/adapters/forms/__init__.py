"""Asking people: call lists, questionnaires, and the answers that come back by file."""
