-- Whoever listens on the channel timeline is told how far it has come: readers are another process than its host.
CREATE FUNCTION tell_timeline_growth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('timeline', NEW.sequence::text);
  RETURN NULL;
END $$;
CREATE TRIGGER growth AFTER UPDATE OF sequence ON timeline_head
  FOR EACH ROW WHEN (NEW.sequence > OLD.sequence) EXECUTE FUNCTION tell_timeline_growth();
