-- What the stream folds derive for display, and, in the embedded default, what the local runner keeps for it.
-- In the cluster the states are the workers' tables, and their topics are written here.

-- Where the local runner stands in the timeline.
CREATE TABLE stream_cursor (
  name     text NOT NULL PRIMARY KEY,
  sequence bigint NOT NULL
) WITH (fillfactor = 50);

-- States of the local runner's folds.
CREATE TABLE stream_state (
  fold  text COLLATE "C" NOT NULL,
  key   text COLLATE "C" NOT NULL,
  state bytea NOT NULL,
  PRIMARY KEY (fold, key)
);

-- How far each topic of the workers is written here, by partition: the next offset.
CREATE TABLE stream_offset (
  topic       text COLLATE "C" NOT NULL,
  "partition" integer NOT NULL,
  next_offset bigint NOT NULL,
  PRIMARY KEY (topic, "partition")
) WITH (fillfactor = 50);

CREATE TABLE hot_issue (
  issue_id     text COLLATE "C" NOT NULL PRIMARY KEY,
  division     text COLLATE "C" NOT NULL,
  filing_count integer NOT NULL,
  last_date    date NOT NULL,
  issue        bytea NOT NULL
);
CREATE INDEX hot_issue_by_count ON hot_issue (filing_count DESC, issue_id);

-- A clock that runs no more keeps its row without warning: `number`, of the case's event by which it is so, tells
-- what comes late from a worker that was left behind.
CREATE TABLE clock_warning (
  clock_id text COLLATE "C" NOT NULL PRIMARY KEY,
  number   bigint NOT NULL,
  case_id  text COLLATE "C",
  unit     text,
  warn     timestamptz,
  due      timestamptz,
  warning  bytea
);
CREATE INDEX clock_warning_by_due ON clock_warning (due, clock_id) WHERE warning IS NOT NULL;

CREATE TABLE case_count (
  case_id  text COLLATE "C" NOT NULL PRIMARY KEY,
  number   bigint NOT NULL,
  status   text NOT NULL,
  unit     text NOT NULL,
  division text COLLATE "C" NOT NULL
);
