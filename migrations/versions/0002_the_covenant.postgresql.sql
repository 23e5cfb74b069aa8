-- What a meeting adopted is not changed any more, neither the version nor a clause of it.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE FUNCTION refuse_adopted_clause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM covenants WHERE id = OLD.covenant_id AND state = 'adopted') THEN
    RAISE EXCEPTION 'an adopted covenant is not changed';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF EXISTS (SELECT 1 FROM covenants WHERE id = NEW.covenant_id AND state = 'adopted') THEN
    RAISE EXCEPTION 'an adopted covenant is not changed';
  END IF;
  RETURN NEW;
END $$
--%
CREATE TRIGGER covenants_adopted_no_update BEFORE UPDATE ON covenants
  FOR EACH ROW WHEN (OLD.state = 'adopted') EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER covenants_adopted_no_delete BEFORE DELETE ON covenants
  FOR EACH ROW WHEN (OLD.state = 'adopted') EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER covenants_no_truncate BEFORE TRUNCATE ON covenants
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER clauses_adopted_no_change BEFORE INSERT OR UPDATE OR DELETE ON clauses
  FOR EACH ROW EXECUTE FUNCTION refuse_adopted_clause()
--%
CREATE TRIGGER clauses_no_truncate BEFORE TRUNCATE ON clauses
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
