-- The day that a running clock is listed by: its last day, or while a calendar is missing its raw last day or the bound of
-- it, so that it stays in its unit's list. Empty for a window, whose end makes nobody late.
ALTER TABLE clock_row ADD COLUMN IF NOT EXISTS day date;
UPDATE clock_row SET day = ((due AT TIME ZONE 'Asia/Shanghai') - interval '1 microsecond')::date WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS clock_row_of_unit_by_day ON clock_row (unit, day, clock_id);
CREATE INDEX IF NOT EXISTS clock_row_by_day ON clock_row (day, clock_id);
