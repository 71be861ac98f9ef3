-- Clocks in the order in which they pass; derived from the clock fold.
CREATE TABLE IF NOT EXISTS clock_row (
  clock_id text COLLATE "C" PRIMARY KEY,
  case_id text COLLATE "C" NOT NULL,
  unit text COLLATE "C" NOT NULL,
  due timestamptz,
  running boolean NOT NULL,
  late boolean NOT NULL,
  met_in_time boolean NOT NULL,
  passed boolean NOT NULL,
  withdrawn boolean NOT NULL,
  clock bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS clock_row_by_case ON clock_row (case_id);
CREATE INDEX IF NOT EXISTS clock_row_by_unit ON clock_row (unit, due, clock_id);
CREATE INDEX IF NOT EXISTS clock_row_by_due ON clock_row (due, clock_id);
CREATE INDEX IF NOT EXISTS clock_row_to_pass ON clock_row (due) WHERE (running OR late) AND NOT passed;
CREATE INDEX IF NOT EXISTS clock_row_to_withdraw ON clock_row (clock_id)
  WHERE met_in_time AND passed AND NOT withdrawn;

-- Where a case belongs and who is accused in it: what the access policy asks before a clock is shown.
CREATE TABLE IF NOT EXISTS case_row (
  case_id text COLLATE "C" PRIMARY KEY,
  division text COLLATE "C" NOT NULL,
  accused text[] NOT NULL DEFAULT '{}'
);
