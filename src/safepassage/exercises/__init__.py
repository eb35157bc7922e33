"""The built-in exercises: invented people in real places, with known truth."""
