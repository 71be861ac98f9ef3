-- Leases in the form that the platform has everywhere (huiyin_store/lease.py). Run once, by the owner role.
ALTER TABLE lease RENAME COLUMN source TO name;
ALTER TABLE lease RENAME COLUMN lease_until TO until;
ALTER TABLE lease DROP CONSTRAINT lease_epoch_check, ADD CHECK (epoch >= 0);

-- As before, but that a lease in use may be renewed meanwhile: only who takes it over waits.
CREATE OR REPLACE FUNCTION advance(of_source text, at_epoch bigint, reached bigint)
RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM FROM lease WHERE name = of_source AND epoch = at_epoch FOR KEY SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO cursor (source, position, epoch, updated)
    VALUES (of_source, reached, at_epoch, clock_timestamp())
    ON CONFLICT (source) DO UPDATE SET position = EXCLUDED.position, epoch = EXCLUDED.epoch,
      updated = EXCLUDED.updated
    WHERE cursor.position < EXCLUDED.position;
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION reject(of_source text, at_epoch bigint, at_position bigint, id uuid, message bytea)
RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1213548912, 'rejected'::regclass::oid::int);
  PERFORM FROM lease WHERE name = of_source AND epoch = at_epoch FOR KEY SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO rejected (sequence, source, position, letter_id, letter, rejected)
    SELECT coalesce(max(sequence), 0) + 1, of_source, at_position, id, message, clock_timestamp() FROM rejected
    ON CONFLICT (source, position) DO NOTHING;
  RETURN true;
END $$;
