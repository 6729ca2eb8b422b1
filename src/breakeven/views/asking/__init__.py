"""What people ask for, as text, into typed objects."""
