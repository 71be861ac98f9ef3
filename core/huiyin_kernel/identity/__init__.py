"""Who is calling: certificates of agencies and services, tokens of officers, and the principal they make."""
