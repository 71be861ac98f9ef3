-- Cases that a fold could not take an event of: that event and the later ones, in order, until they are folded.
-- letter_id is the dead letter that says why; a case with rows here is set aside.
CREATE TABLE IF NOT EXISTS fold_waiting (
  model text NOT NULL,
  key text COLLATE "C" NOT NULL,
  number bigint GENERATED ALWAYS AS IDENTITY,
  letter_id uuid NOT NULL,
  event bytea NOT NULL,
  PRIMARY KEY (model, key, number)
);
CREATE INDEX IF NOT EXISTS fold_waiting_by_letter ON fold_waiting (letter_id);
