-- Tables of one log. Run once, by the owner role, with the log's schema alone on the search path.

-- The log itself. Never partitioned by stream: position is the one order. Rows are inserted by append() only.
CREATE TABLE event (
  position      bigint NOT NULL PRIMARY KEY CHECK (position > 0),
  stream        text COLLATE "C" NOT NULL,
  version       bigint NOT NULL CHECK (version > 0),
  event_id      uuid NOT NULL CONSTRAINT event_id_once UNIQUE,
  type          text COLLATE "C" NOT NULL,
  recorded      timestamptz NOT NULL,
  occurred      timestamptz NOT NULL,
  meta          bytea NOT NULL,
  data          bytea NOT NULL,
  previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
  hash          bytea NOT NULL CHECK (octet_length(hash) = 32),
  CONSTRAINT version_once UNIQUE (stream, version)
);

-- Where each stream stands. The free space keeps its updates on the same page, without index writes.
CREATE TABLE stream (
  stream   text COLLATE "C" NOT NULL PRIMARY KEY,
  version  bigint NOT NULL,
  position bigint NOT NULL,
  hash     bytea NOT NULL
) WITH (fillfactor = 70);

-- The first answer to each request, so that a repetition gets it again. Positions are 0 when it wrote no event.
CREATE TABLE request (
  request_id     uuid NOT NULL PRIMARY KEY,
  fingerprint    bytea NOT NULL,
  first_position bigint NOT NULL,
  last_position  bigint NOT NULL,
  recorded       timestamptz NOT NULL
);

-- How far each consumer has come in a foreign log.
CREATE TABLE cursor (
  consumer text COLLATE "C" NOT NULL,
  log      text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (consumer, log)
) WITH (fillfactor = 50);

-- Data keys, wrapped by a master key; wrapped is NULL once destroyed.
CREATE TABLE key (
  key_id    uuid NOT NULL PRIMARY KEY,
  subject   text COLLATE "C" NOT NULL,
  wrapped   bytea,
  master    text COLLATE "C" NOT NULL,
  created   timestamptz NOT NULL,
  destroyed timestamptz,
  CHECK ((wrapped IS NULL) = (destroyed IS NOT NULL))
);
CREATE INDEX key_subject ON key (subject);
CREATE INDEX key_living_master ON key (master) WHERE wrapped IS NOT NULL;

-- Privileges keep roles from changing history; this trap also stops an owner or administrator by mistake.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of %.% is refused: the log is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON request
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE event ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE request ENABLE ALWAYS TRIGGER append_only;

