-- Functions for dead letters. Replaced when this file changes, by the owner role, like functions.sql.

-- Puts a message aside and moves its consumer's cursor past it, in one transaction; false, and nothing done,
-- when the letter is there already or the cursor is beyond the position (0: no cursor moves).
CREATE OR REPLACE FUNCTION bury(id uuid, who text, message bytea, of_log text, at bigint)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  -- The lock of append(): no cursor moves meanwhile, and places are given one after the other.
  PERFORM pg_advisory_xact_lock(1213548910, 'event'::regclass::oid::int);
  IF at > 0 AND EXISTS (SELECT FROM cursor WHERE consumer = who AND log = of_log AND position >= at) THEN
    RETURN false;
  END IF;
  INSERT INTO dead_letter (sequence, letter_id, consumer, letter)
    SELECT coalesce(max(sequence), 0) + 1, id, who, message FROM dead_letter
    ON CONFLICT (letter_id) DO NOTHING;
  IF at > 0 THEN
    INSERT INTO cursor (consumer, log, position) VALUES (who, of_log, at)
      ON CONFLICT (consumer, log) DO UPDATE SET position = EXCLUDED.position;
    RETURN true;
  END IF;
  RETURN FOUND;
END $$;

-- Says what became of a letter; false, and nothing done, when it is not in the state that it is said to be in.
-- To drive it again (2) counts and clears what went wrong before.
CREATE OR REPLACE FUNCTION mark_letter(id uuid, before int, after int, went_wrong text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  UPDATE dead_letter SET state = after, redrives = redrives + (after = 2)::int, redriven = clock_timestamp(),
    redrive_cause = went_wrong
    WHERE letter_id = id AND state = before;
  RETURN FOUND;
END $$;

-- Who handles letters again is told of those that are to be, and need not ask every second.
CREATE OR REPLACE FUNCTION tell_of_redriving() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('look', '');
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER redriving AFTER UPDATE OF state ON dead_letter
  FOR EACH ROW WHEN (NEW.state = 2) EXECUTE FUNCTION tell_of_redriving();
