-- A warning whose last day is provisional stays in the list after that day: nothing passes while a calendar is missing.
ALTER TABLE clock_warning ADD COLUMN IF NOT EXISTS provisional boolean NOT NULL DEFAULT false;
