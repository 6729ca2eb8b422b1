"""The facts behind figures: which are meant, a page of them, what they add up to, and what became of one."""
