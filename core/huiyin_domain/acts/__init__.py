"""When acts happened: what each follows, how late it may be entered, and who answers for a late entry."""
