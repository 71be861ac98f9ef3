-- By which rules and calendars the clocks were counted: one row.
CREATE TABLE IF NOT EXISTS clock_count (
  one boolean PRIMARY KEY CHECK (one),
  versions text COLLATE "C" NOT NULL
);
