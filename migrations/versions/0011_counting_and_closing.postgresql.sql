-- A stock-take that has ended stays as it is, with its lines; a day's close stays as it was signed.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE FUNCTION refuse_ended_stocktake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM stocktakes WHERE id = OLD.stocktake_id AND ended_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a stock-take that has ended is not changed';
  END IF;
  IF EXISTS (SELECT 1 FROM stocktakes WHERE id = NEW.stocktake_id AND ended_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a stock-take that has ended is not changed';
  END IF;
  RETURN NEW;
END $$
--%
CREATE TRIGGER stocktakes_ended_no_update BEFORE UPDATE ON stocktakes
  FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER stocktakes_no_delete BEFORE DELETE ON stocktakes
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER stocktakes_no_truncate BEFORE TRUNCATE ON stocktakes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER stocktake_lines_ended_no_change BEFORE INSERT OR UPDATE ON stocktake_lines
  FOR EACH ROW EXECUTE FUNCTION refuse_ended_stocktake()
--%
CREATE TRIGGER stocktake_lines_no_delete BEFORE DELETE ON stocktake_lines
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER stocktake_lines_no_truncate BEFORE TRUNCATE ON stocktake_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER day_closes_append_only BEFORE UPDATE OR DELETE ON day_closes
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER day_closes_no_truncate BEFORE TRUNCATE ON day_closes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER day_close_lines_append_only BEFORE UPDATE OR DELETE ON day_close_lines
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER day_close_lines_no_truncate BEFORE TRUNCATE ON day_close_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
