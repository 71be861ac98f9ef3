-- The timeline of cases: entries numbered once, and what the host needs to go on where it stopped.
-- Cursors of the logs stand in projection_cursor, as model 'timeline'.

-- One row: the last place given. Locking it makes hosts go one after the other.
CREATE TABLE timeline_head (
  single   boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (single),
  sequence bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO timeline_head DEFAULT VALUES;

-- One row for each event of each case, and one for each time that it is sent again (catch_up) to agencies
-- that became entitled later.
--   recipients  agencies entitled to it with this place
--   reached     all agencies that have had it, these included
--   cases       all cases that the event concerns
--   walled      agencies kept from the case after this event: accused units and the centres they run
--   closed      nobody's but auditors' and services': the event itself names no audience
--   missing     a huiyin.timeline.v1.CaseEvent with its missing_causes alone
--   event       a huiyin.event.v1.Event
CREATE TABLE timeline_entry (
  sequence   bigint NOT NULL PRIMARY KEY CHECK (sequence > 0),
  case_id    text COLLATE "C" NOT NULL,
  number     bigint NOT NULL CHECK (number > 0),
  log        text COLLATE "C" NOT NULL,
  position   bigint NOT NULL,
  stream     text COLLATE "C" NOT NULL,
  version    bigint NOT NULL,
  event_id   uuid NOT NULL,
  type       text COLLATE "C" NOT NULL,
  division   text COLLATE "C" NOT NULL,
  cases      text[] NOT NULL,
  recipients text[] NOT NULL,
  reached    text[] NOT NULL,
  walled     text[] NOT NULL,
  closed     boolean NOT NULL,
  catch_up   boolean NOT NULL,
  missing    bytea NOT NULL,
  event      bytea NOT NULL,
  entered    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX timeline_number_once ON timeline_entry (case_id, number) WHERE NOT catch_up;
CREATE UNIQUE INDEX timeline_event_once ON timeline_entry (case_id, log, position) WHERE NOT catch_up;
CREATE INDEX timeline_entry_by_case ON timeline_entry (case_id, number, sequence);

CREATE FUNCTION refuse_timeline_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of %.% is refused: the timeline is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timeline_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_timeline_change();
ALTER TABLE timeline_entry ENABLE ALWAYS TRIGGER append_only;

-- Where each case stands. `walled` keeps agencies from all of its entries, also earlier ones.
CREATE TABLE timeline_case (
  case_id text COLLATE "C" NOT NULL PRIMARY KEY,
  number  bigint NOT NULL,
  walled  text[] NOT NULL,
  state   bytea NOT NULL
) WITH (fillfactor = 70);

-- Which versions of each stream have their place already.
CREATE TABLE timeline_stream (
  log     text COLLATE "C" NOT NULL,
  stream  text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (log, stream)
) WITH (fillfactor = 70);

-- Events that wait for their causes, in the order in which they came.
CREATE TABLE timeline_held (
  arrival  bigint NOT NULL PRIMARY KEY,
  log      text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  since    timestamptz NOT NULL,
  event    bytea NOT NULL,
  UNIQUE (log, position)
);
