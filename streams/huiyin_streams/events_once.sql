-- An event is kept once for each of its cases, in case_event: entries of the timeline name it by case, log and position,
-- and say only what is theirs. Whoever comes first, the lists of cases or the timeline, writes it; nobody changes it.
INSERT INTO case_event (case_id, log, position, event)
  SELECT case_id, log, position, event FROM timeline_entry WHERE NOT catch_up ON CONFLICT DO NOTHING;
ALTER TABLE timeline_entry RENAME TO timeline_entry_before;
ALTER INDEX timeline_entry_pkey RENAME TO timeline_entry_before_pkey;
DROP INDEX timeline_number_once, timeline_event_once, timeline_entry_by_case;

-- What the columns say stands in timeline.sql. `reached` is empty where nobody has had it but the recipients; `others`
-- are the event's cases but this one, if there are any.
CREATE TABLE timeline_entry (
  sequence   bigint NOT NULL PRIMARY KEY CHECK (sequence > 0),
  number     bigint NOT NULL CHECK (number > 0),
  position   bigint NOT NULL,
  entered    timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed     boolean NOT NULL,
  catch_up   boolean NOT NULL,
  case_id    text COLLATE "C" NOT NULL,
  log        text COLLATE "C" NOT NULL,
  type       text COLLATE "C" NOT NULL,
  division   text COLLATE "C" NOT NULL,
  recipients text[] NOT NULL,
  reached    text[],
  others     text[],
  walled     text[] NOT NULL,
  missing    bytea NOT NULL
);
INSERT INTO timeline_entry (sequence, number, position, entered, closed, catch_up, case_id, log, type, division,
    recipients, reached, others, walled, missing)
  SELECT sequence, number, position, entered, closed, catch_up, case_id, log, type, division, recipients,
    nullif(reached, recipients), nullif(array_remove(cases, case_id), '{}'), walled, missing
  FROM timeline_entry_before ORDER BY sequence;
DROP TABLE timeline_entry_before;
-- Each number once in its case, and again only as what is sent again.
CREATE UNIQUE INDEX timeline_entry_by_case ON timeline_entry
  (case_id, number, (CASE WHEN catch_up THEN sequence ELSE 0 END));

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timeline_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_timeline_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_timeline_change();
ALTER TABLE timeline_entry ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE case_event ENABLE ALWAYS TRIGGER append_only;
