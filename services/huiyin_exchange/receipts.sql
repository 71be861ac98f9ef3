-- The receipts of agencies' messages, and how far the exchange has come. Its schema holds no events.

-- Who is at work: one process at a time. Times are the database's own.
CREATE TABLE lease (
  name  text COLLATE "C" NOT NULL PRIMARY KEY,
  owner uuid NOT NULL,
  epoch bigint NOT NULL,
  until timestamptz NOT NULL
);

-- The number of each agency's latest receipt; whoever writes a receipt holds its row.
CREATE TABLE agency (
  agency text COLLATE "C" NOT NULL PRIMARY KEY,
  number bigint NOT NULL CHECK (number > 0)
);

-- The latest try of each agency's command, and until when it can take effect: a refusal is believed only then.
CREATE TABLE attempt (
  agency     text COLLATE "C" NOT NULL PRIMARY KEY,
  message_id uuid NOT NULL,
  until      timestamptz NOT NULL
) WITH (fillfactor = 50);

-- The one answer to each message, as a huiyin.exchange.v1.AgencyReceipt. `mark` recognises the message without
-- keeping what it said; message_id is null where none could be read.
CREATE TABLE receipt (
  agency     text COLLATE "C" NOT NULL,
  number     bigint NOT NULL CHECK (number > 0),
  message_id uuid,
  mark       bytea NOT NULL,
  answered   timestamptz NOT NULL,
  receipt    bytea NOT NULL,
  PRIMARY KEY (agency, number),
  CONSTRAINT one_receipt UNIQUE (agency, message_id)
);
CREATE FUNCTION refuse_receipt_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of %.% is refused: a receipt is given once', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_receipt_change();
ALTER TABLE receipt ENABLE ALWAYS TRIGGER append_only;

-- The next offset to read of each partition of an agency's topic; moved together with the receipt.
CREATE TABLE topic_cursor (
  topic     text COLLATE "C" NOT NULL,
  partition integer NOT NULL,
  position  bigint NOT NULL CHECK (position >= 0),
  PRIMARY KEY (topic, partition)
);
