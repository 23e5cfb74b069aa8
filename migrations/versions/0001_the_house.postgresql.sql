-- Append-only tables refuse change; texts beside a chain may only be emptied; a submission's result is written once.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append only';
END
$$
--%
CREATE FUNCTION only_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.text IS NOT NULL OR to_jsonb(NEW) - 'text' IS DISTINCT FROM to_jsonb(OLD) - 'text' THEN
    RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' may only be emptied';
  END IF;
  RETURN NEW;
END
$$
--%
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE ON transfers
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER transfers_no_truncate BEFORE TRUNCATE ON transfers
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER entries_no_truncate BEFORE TRUNCATE ON entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER stock_moves_append_only BEFORE UPDATE OR DELETE ON stock_moves
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER stock_moves_no_truncate BEFORE TRUNCATE ON stock_moves
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER claim_events_append_only BEFORE UPDATE OR DELETE ON claim_events
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER claim_events_no_truncate BEFORE TRUNCATE ON claim_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER board_snapshots_append_only BEFORE UPDATE OR DELETE ON board_snapshots
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER board_snapshots_no_truncate BEFORE TRUNCATE ON board_snapshots
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER closed_months_append_only BEFORE UPDATE OR DELETE ON closed_months
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER closed_months_no_truncate BEFORE TRUNCATE ON closed_months
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER audit_texts_only_emptied BEFORE UPDATE ON audit_texts
  FOR EACH ROW EXECUTE FUNCTION only_emptied()
--%
CREATE TRIGGER audit_texts_no_delete BEFORE DELETE ON audit_texts
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER audit_texts_no_truncate BEFORE TRUNCATE ON audit_texts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER transfer_texts_only_emptied BEFORE UPDATE ON transfer_texts
  FOR EACH ROW EXECUTE FUNCTION only_emptied()
--%
CREATE TRIGGER transfer_texts_no_delete BEFORE DELETE ON transfer_texts
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER transfer_texts_no_truncate BEFORE TRUNCATE ON transfer_texts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER stock_move_texts_only_emptied BEFORE UPDATE ON stock_move_texts
  FOR EACH ROW EXECUTE FUNCTION only_emptied()
--%
CREATE TRIGGER stock_move_texts_no_delete BEFORE DELETE ON stock_move_texts
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER stock_move_texts_no_truncate BEFORE TRUNCATE ON stock_move_texts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER claim_event_texts_only_emptied BEFORE UPDATE ON claim_event_texts
  FOR EACH ROW EXECUTE FUNCTION only_emptied()
--%
CREATE TRIGGER claim_event_texts_no_delete BEFORE DELETE ON claim_event_texts
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER claim_event_texts_no_truncate BEFORE TRUNCATE ON claim_event_texts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER submissions_result_once BEFORE UPDATE ON submissions
  FOR EACH ROW WHEN (OLD.result IS NOT NULL) EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER submissions_no_delete BEFORE DELETE ON submissions
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER submissions_no_truncate BEFORE TRUNCATE ON submissions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
