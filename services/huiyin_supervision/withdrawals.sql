-- What is to be withdrawn stands with its cause; version 0.1 had a flag alone.
DROP INDEX IF EXISTS clock_row_to_withdraw;
ALTER TABLE clock_row DROP COLUMN IF EXISTS met_in_time;
ALTER TABLE clock_row ADD COLUMN IF NOT EXISTS withdrawal bytea;
CREATE INDEX IF NOT EXISTS clock_row_to_take_back ON clock_row (clock_id) WHERE withdrawal IS NOT NULL;
