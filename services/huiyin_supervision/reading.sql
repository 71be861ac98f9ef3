-- Lists hold running clocks, or those that passed: in the order of their days, without all that are met.
CREATE INDEX IF NOT EXISTS clock_row_running_of_unit ON clock_row (unit, day, clock_id)
  WHERE running AND day IS NOT NULL;
CREATE INDEX IF NOT EXISTS clock_row_running ON clock_row (day, clock_id) WHERE running AND day IS NOT NULL;
CREATE INDEX IF NOT EXISTS clock_row_passed_of_unit ON clock_row (unit, day, clock_id)
  WHERE passed AND NOT withdrawn AND day IS NOT NULL;
CREATE INDEX IF NOT EXISTS clock_row_passed ON clock_row (day, clock_id)
  WHERE passed AND NOT withdrawn AND day IS NOT NULL;
-- These held every clock, met ones too, and are read by nothing any more.
DROP INDEX IF EXISTS clock_row_of_unit_by_day;
DROP INDEX IF EXISTS clock_row_by_day;
DROP INDEX IF EXISTS clock_row_by_unit;
DROP INDEX IF EXISTS clock_row_by_due;
