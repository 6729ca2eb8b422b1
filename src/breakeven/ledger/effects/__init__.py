"""What was measured by comparison, and figures that values rest on."""
