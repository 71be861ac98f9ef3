-- How far the streams of each case had come when its clocks were derived: what lateness depends on.
CREATE TABLE IF NOT EXISTS case_cause (
  case_id text COLLATE "C" NOT NULL,
  log     text COLLATE "C" NOT NULL,
  stream  text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (case_id, log, stream)
) WITH (fillfactor = 70);
