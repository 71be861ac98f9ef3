-- What the vault knows its ring of master keys by. Run once, by the owner role.

-- A check value of each master key, and of the ring's root, that this vault was ever opened with: derived from
-- the secret, it tells a right ring from a wrong one and says nothing of the secret. Rows are inserted by
-- know_key() only, and a name keeps its first value for ever.
CREATE TABLE key_check (
  name  text COLLATE "C" NOT NULL PRIMARY KEY,
  value bytea NOT NULL CHECK (octet_length(value) = 32),
  known timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON key_check
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE key_check ENABLE ALWAYS TRIGGER append_only;
