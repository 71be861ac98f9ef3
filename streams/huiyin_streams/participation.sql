-- Who had a part and has none any more, and the organs before which a question of competence is open.
ALTER TABLE case_row ADD COLUMN IF NOT EXISTS former text[] NOT NULL DEFAULT '{}';
ALTER TABLE case_row ADD COLUMN IF NOT EXISTS asked text[] NOT NULL DEFAULT '{}';
