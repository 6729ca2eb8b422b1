"""Business cases: the plan, its approval, and what happened."""
