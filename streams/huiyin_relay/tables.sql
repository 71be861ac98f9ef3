-- What the relay keeps. Run once, by the owner role, with the schema alone on the search path.

-- Who publishes a source until when, on this database's clock. The epoch rises with every change of hands.
CREATE TABLE lease (
  source      text COLLATE "C" NOT NULL PRIMARY KEY,
  owner       text COLLATE "C" NOT NULL,
  epoch       bigint NOT NULL CHECK (epoch > 0),
  lease_until timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Everything up to this position is acknowledged by the brokers, or parked.
CREATE TABLE cursor (
  source   text COLLATE "C" NOT NULL PRIMARY KEY,
  position bigint NOT NULL CHECK (position >= 0),
  epoch    bigint NOT NULL,
  updated  timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Records that the brokers would not take, in the order of sequence, which is dense. letter is a
-- huiyin.dead.v1.DeadLetter, published like those of the services.
CREATE TABLE rejected (
  sequence  bigint NOT NULL PRIMARY KEY CHECK (sequence > 0),
  source    text COLLATE "C" NOT NULL,
  position  bigint NOT NULL,
  letter_id uuid NOT NULL,
  letter    bytea NOT NULL,
  rejected  timestamptz NOT NULL,
  CONSTRAINT rejected_once UNIQUE (source, position)
);

-- Moves a source's cursor forward, if the lease still has this epoch; the answer says whether it has. The row of
-- the lease is locked, so whoever takes it over begins from a cursor that does not move any more. What a crash
-- of the server takes back is published again.
CREATE FUNCTION advance(of_source text, at_epoch bigint, reached bigint)
RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM FROM lease WHERE source = of_source AND epoch = at_epoch FOR SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO cursor (source, position, epoch, updated)
    VALUES (of_source, reached, at_epoch, clock_timestamp())
    ON CONFLICT (source) DO UPDATE SET position = EXCLUDED.position, epoch = EXCLUDED.epoch,
      updated = EXCLUDED.updated
    WHERE cursor.position < EXCLUDED.position;
  RETURN true;
END $$;

-- Notes a record that the brokers would not take, once; the answer says whether the lease still has this epoch.
CREATE FUNCTION reject(of_source text, at_epoch bigint, at_position bigint, id uuid, message bytea)
RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1213548912, 'rejected'::regclass::oid::int);
  PERFORM FROM lease WHERE source = of_source AND epoch = at_epoch FOR SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO rejected (sequence, source, position, letter_id, letter, rejected)
    SELECT coalesce(max(sequence), 0) + 1, of_source, at_position, id, message, clock_timestamp() FROM rejected
    ON CONFLICT (source, position) DO NOTHING;
  RETURN true;
END $$;
