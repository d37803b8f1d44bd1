"""Who is here: visitors' sessions, their runs, the waiting list, the trainer."""
