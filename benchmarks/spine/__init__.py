"""Time and memory of the main job as whole processes."""
