"""Charts: data into specifications with one theme, drawn as SVG."""
