-- Who may do what in the database of the views (DATABASE_URL). Run once as a superuser, before the hub starts:
--   createdb hub && psql -d hub -f roles.sql -f keys.sql
-- It may be run again at any time. Passwords are set by hand, with \password hub_projector and so on.
--
--   hub_projector   makes and writes hub_views, and the schemas it is rebuilt in
--   hub_adapter     owns hub_adapters, where adapters keep how far they have read
--   hub_portal, hub_audit, hub_dispatcher, hub_supervisor, hub_operator   read hub_views, nothing else (through hub_reader)

DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['hub_projector', 'hub_adapter', 'hub_portal', 'hub_audit', 'hub_dispatcher', 'hub_supervisor', 'hub_operator'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', role);
    END IF;
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hub_reader') THEN
    CREATE ROLE hub_reader NOLOGIN;
  END IF;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO hub_projector, hub_adapter, hub_portal, hub_audit, hub_dispatcher, hub_supervisor, hub_operator', current_database());
  -- The projector makes its schemas itself: views rebuilt aside are put in place by renaming theirs.
  EXECUTE format('GRANT CREATE ON DATABASE %I TO hub_projector', current_database());
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;

GRANT hub_reader TO hub_portal, hub_audit, hub_dispatcher, hub_supervisor, hub_operator;
-- Whatever the projector makes, now or in a rebuild, is readable from its first moment on.
ALTER DEFAULT PRIVILEGES FOR ROLE hub_projector GRANT USAGE ON SCHEMAS TO hub_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE hub_projector GRANT SELECT ON TABLES TO hub_reader;
ALTER ROLE hub_portal SET default_transaction_read_only = on;
ALTER ROLE hub_audit SET default_transaction_read_only = on;
ALTER ROLE hub_dispatcher SET default_transaction_read_only = on;
ALTER ROLE hub_supervisor SET default_transaction_read_only = on;

CREATE SCHEMA IF NOT EXISTS hub_adapters AUTHORIZATION hub_adapter;
