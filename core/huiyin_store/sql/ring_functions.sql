-- Functions for the vault's ring. Replaced when this file changes, by the owner role, like functions.sql.

-- Remembers the check value of a key; one that is known keeps the value it has. Answers whether it is new.
CREATE OR REPLACE FUNCTION know_key(key_name text, key_value bytea)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  WITH added AS (INSERT INTO key_check (name, value) VALUES (key_name, key_value)
    ON CONFLICT (name) DO NOTHING RETURNING 1)
  SELECT count(*) FROM added
$$;
