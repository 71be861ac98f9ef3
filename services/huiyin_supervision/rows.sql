-- Clocks in the order in which they pass; derived from the clock fold.
CREATE TABLE IF NOT EXISTS clock_row (
  clock_id text COLLATE "C" PRIMARY KEY,
  case_id text COLLATE "C" NOT NULL,
  unit text COLLATE "C" NOT NULL,
  due timestamptz,
  running boolean NOT NULL,
  late boolean NOT NULL,
  passed boolean NOT NULL,
  withdrawn boolean NOT NULL,
  withdrawal bytea,
  clock bytea NOT NULL
);
-- Tables of version 0.1: what is to be withdrawn stood as a flag, without its cause.
ALTER TABLE clock_row DROP COLUMN IF EXISTS met_in_time;
ALTER TABLE clock_row ADD COLUMN IF NOT EXISTS withdrawal bytea;
CREATE INDEX IF NOT EXISTS clock_row_by_case ON clock_row (case_id);
CREATE INDEX IF NOT EXISTS clock_row_by_unit ON clock_row (unit, due, clock_id);
CREATE INDEX IF NOT EXISTS clock_row_by_due ON clock_row (due, clock_id);
CREATE INDEX IF NOT EXISTS clock_row_to_pass ON clock_row (due) WHERE (running OR late) AND NOT passed;
CREATE INDEX IF NOT EXISTS clock_row_to_take_back ON clock_row (clock_id) WHERE withdrawal IS NOT NULL;

-- Where a case belongs and who is accused in it: what the access policy asks before a clock is shown.
CREATE TABLE IF NOT EXISTS case_row (
  case_id text COLLATE "C" PRIMARY KEY,
  division text COLLATE "C" NOT NULL,
  accused text[] NOT NULL DEFAULT '{}'
);
