-- Policy of the log that a consumer has taken over, and how far it had come then in what it reads itself.
CREATE TABLE IF NOT EXISTS policy_applied (
  consumer text COLLATE "C" NOT NULL,
  log text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  event bytea NOT NULL,
  reached bigint NOT NULL,
  PRIMARY KEY (consumer, log, position)
);
-- By which timetable a consumer's rows were counted.
CREATE TABLE IF NOT EXISTS policy_counted (
  consumer text COLLATE "C" PRIMARY KEY,
  version text COLLATE "C" NOT NULL
);
