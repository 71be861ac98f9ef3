-- Dead letters of one service. Run once, by the owner role, with the schema alone on the search path.

-- What a consumer of this service gave up, with what became of it. Rows are inserted by bury() only, in the
-- order of sequence, which is dense, so that whoever publishes them needs only "above the last one I saw".
-- letter is a huiyin.dead.v1.DeadLetter; state is a huiyin.dead.v1.LetterState.
CREATE TABLE dead_letter (
  sequence      bigint NOT NULL PRIMARY KEY CHECK (sequence > 0),
  letter_id     uuid NOT NULL CONSTRAINT letter_once UNIQUE,
  consumer      text COLLATE "C" NOT NULL,
  letter        bytea NOT NULL,
  state         int NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
  redrives      int NOT NULL DEFAULT 0,
  redriven      timestamptz,
  redrive_cause text NOT NULL DEFAULT ''
);
CREATE INDEX dead_letter_open ON dead_letter (sequence) WHERE state < 3;
CREATE INDEX dead_letter_redriving ON dead_letter (consumer) WHERE state = 2;
