-- Who may do what with the keys of persons. Run as a superuser in the database of KEYS_URL: best one of its own, whose
-- log archive and backups are kept for days only, since a destroyed key lives on in them. Run roles.sql first, also on a
-- server of its own; it may be run again at any time.
--
--   hub_sealer   reads and adds keys; cannot change one, so that an erased person stays erased      (adapters)
--   hub_opener   reads keys                                                                        (portal, dispatcher, operators)
--   hub_eraser   destroys keys; cannot read one                                                    (projector, operators)

DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['hub_keys_owner', 'hub_sealer', 'hub_opener', 'hub_eraser'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    END IF;
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO hub_adapter, hub_portal, hub_dispatcher, hub_projector, hub_operator', current_database());
END $$;

CREATE SCHEMA IF NOT EXISTS hub_keys AUTHORIZATION hub_keys_owner;
CREATE TABLE IF NOT EXISTS hub_keys.secret (name text PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE IF NOT EXISTS hub_keys.person (pseudonym text COLLATE "C" PRIMARY KEY, key bytea, erasedtime bigint);
ALTER TABLE hub_keys.secret OWNER TO hub_keys_owner;
ALTER TABLE hub_keys.person OWNER TO hub_keys_owner;

GRANT USAGE ON SCHEMA hub_keys TO hub_sealer, hub_opener, hub_eraser;
GRANT SELECT, INSERT ON hub_keys.secret TO hub_sealer;
GRANT SELECT, INSERT (pseudonym, key) ON hub_keys.person TO hub_sealer;
GRANT SELECT ON hub_keys.secret, hub_keys.person TO hub_opener;
GRANT SELECT (pseudonym, erasedtime), INSERT (pseudonym, erasedtime), UPDATE (key, erasedtime) ON hub_keys.person TO hub_eraser;
DO $$
BEGIN
  -- To write the table anew without what was destroyed. Before PostgreSQL 17 its owner must do that:
  -- VACUUM (FULL) hub_keys.person, daily.
  IF current_setting('server_version_num')::int >= 170000 THEN
    GRANT MAINTAIN ON hub_keys.person TO hub_eraser;
  END IF;
END $$;

GRANT hub_sealer TO hub_adapter;
GRANT hub_opener TO hub_portal, hub_dispatcher, hub_operator;
GRANT hub_eraser TO hub_projector, hub_operator;
