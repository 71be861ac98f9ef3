-- The lease in the form that the platform has everywhere (huiyin_store/lease.py). Run once, by the owner role.
ALTER TABLE lease ALTER COLUMN owner TYPE text COLLATE "C" USING owner::text;
ALTER TABLE lease ADD CHECK (epoch >= 0);
