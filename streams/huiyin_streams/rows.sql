-- Rows derived from the case fold, for lists and timelines.
CREATE TABLE IF NOT EXISTS case_row (
  case_id text COLLATE "C" PRIMARY KEY,
  display_number text COLLATE "C" NOT NULL,
  received timestamptz NOT NULL,
  status text NOT NULL,
  unit text NOT NULL,
  division text COLLATE "C" NOT NULL,
  parties text[] NOT NULL,
  accused text[] NOT NULL,
  summary bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS case_row_by_number ON case_row (display_number);
CREATE INDEX IF NOT EXISTS case_row_by_time ON case_row (received DESC, case_id DESC);
CREATE INDEX IF NOT EXISTS case_row_by_unit ON case_row (unit, received DESC, case_id DESC);
CREATE INDEX IF NOT EXISTS case_row_by_party ON case_row USING gin (parties);

CREATE TABLE IF NOT EXISTS case_event (
  case_id text COLLATE "C" NOT NULL,
  log text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  event bytea NOT NULL,
  PRIMARY KEY (case_id, log, position)
);
