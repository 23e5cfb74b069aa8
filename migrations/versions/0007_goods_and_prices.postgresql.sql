-- A price that was set stays in the history, however short it held.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE TRIGGER good_prices_append_only BEFORE UPDATE OR DELETE ON good_prices
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER good_prices_no_truncate BEFORE TRUNCATE ON good_prices
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
