-- Cases about whose registration a person has something to settle.
ALTER TABLE case_row ADD COLUMN IF NOT EXISTS to_settle boolean NOT NULL DEFAULT false;
CREATE INDEX IF NOT EXISTS case_row_to_settle ON case_row (received DESC, case_id DESC) WHERE to_settle;
