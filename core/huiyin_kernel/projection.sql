-- What a fold host keeps: states by key, and how far each log is folded.
CREATE TABLE IF NOT EXISTS projection_state (
  model text NOT NULL,
  key text COLLATE "C" NOT NULL,
  state bytea NOT NULL,
  PRIMARY KEY (model, key)
);

CREATE TABLE IF NOT EXISTS projection_cursor (
  model text NOT NULL,
  log text NOT NULL,
  position bigint NOT NULL,
  updated timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (model, log)
);
