-- What lists are read by.
CREATE INDEX IF NOT EXISTS case_row_by_status ON case_row (status, received DESC, case_id DESC);
-- Warnings of the cases of one agency, and those that stay while a calendar is missing.
CREATE INDEX IF NOT EXISTS clock_warning_by_case ON clock_warning (case_id) WHERE warning IS NOT NULL;
CREATE INDEX IF NOT EXISTS clock_warning_provisional ON clock_warning (due, clock_id)
  WHERE warning IS NOT NULL AND provisional;

-- The agencies that have a part in a case or are asked to decide in it, in the order of lists: where to look for their
-- cases. Who may see a case is said by case_row alone.
CREATE TABLE IF NOT EXISTS case_part (
  agency   text COLLATE "C" NOT NULL,
  received timestamptz NOT NULL,
  case_id  text COLLATE "C" NOT NULL,
  PRIMARY KEY (agency, received, case_id)
);
CREATE FUNCTION keep_case_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM streams.case_part WHERE agency = ANY (OLD.parties || OLD.asked)
      AND received = OLD.received AND case_id = OLD.case_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO streams.case_part (agency, received, case_id)
      SELECT DISTINCT agency, NEW.received, NEW.case_id FROM unnest(NEW.parties || NEW.asked) AS agency;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER parts_begin AFTER INSERT OR DELETE ON case_row FOR EACH ROW EXECUTE FUNCTION keep_case_parts();
CREATE TRIGGER parts_change AFTER UPDATE ON case_row FOR EACH ROW
  WHEN ((OLD.parties, OLD.asked, OLD.received) IS DISTINCT FROM (NEW.parties, NEW.asked, NEW.received))
  EXECUTE FUNCTION keep_case_parts();
INSERT INTO case_part (agency, received, case_id)
  SELECT DISTINCT agency, received, case_id FROM case_row, unnest(parties || asked) AS agency;
-- Rewritten with every change of a case, and read by nothing any more.
DROP INDEX IF EXISTS case_row_by_party;
