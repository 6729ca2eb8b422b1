"""Pages of each audience as declarations: tiles, panels, order."""
