-- Events that the timeline has set aside, in order: those that it could not take, and all that come after them.
-- letter_id is the dead letter that says why; missing is as in timeline_entry, event a huiyin.event.v1.Event.
CREATE TABLE timeline_aside (
  number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  log       text COLLATE "C" NOT NULL,
  position  bigint NOT NULL,
  letter_id uuid NOT NULL,
  missing   bytea NOT NULL,
  event     bytea NOT NULL,
  UNIQUE (log, position)
);
