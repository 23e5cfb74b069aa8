-- What was approved stays as it was approved; a closed settlement is not changed any more.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE FUNCTION refuse_part_of_purchase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND NOT EXISTS (SELECT 1 FROM purchases WHERE id = OLD.purchase_id AND state = 'draft') THEN
    RAISE EXCEPTION 'only a draft of a purchase is changed';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM purchases WHERE id = NEW.purchase_id AND state = 'draft') THEN
    RAISE EXCEPTION 'only a draft of a purchase is changed';
  END IF;
  RETURN NEW;
END $$
--%
CREATE FUNCTION refuse_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM settlements WHERE id = NEW.settlement_id AND state = 'open') THEN
    RAISE EXCEPTION 'a closed settlement is not changed';
  END IF;
  RETURN NEW;
END $$
--%
CREATE TRIGGER purchases_no_delete BEFORE DELETE ON purchases
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER purchases_approved_no_update BEFORE UPDATE OF id, village_id, serial, title, wanted_on, budget_fen,
  drafted_by, drafted_at, chosen, few_reason, choice_reason, quoted_by, quoted_at, approved_by, approved_at,
  approval_note ON purchases
  FOR EACH ROW WHEN (OLD.state NOT IN ('draft', 'quoted')) EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER purchases_ended_no_update BEFORE UPDATE OF state, received_at, shortfall, hung_on, hung_where,
  published_by, cancelled_at, cancel_reason ON purchases
  FOR EACH ROW WHEN (OLD.state IN ('published', 'cancelled')) EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER purchases_no_truncate BEFORE TRUNCATE ON purchases
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER purchase_lines_no_change BEFORE INSERT OR UPDATE OR DELETE ON purchase_lines
  FOR EACH ROW EXECUTE FUNCTION refuse_part_of_purchase()
--%
CREATE TRIGGER purchase_lines_no_truncate BEFORE TRUNCATE ON purchase_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER purchase_quotes_no_change BEFORE INSERT OR UPDATE ON purchase_quotes
  FOR EACH ROW EXECUTE FUNCTION refuse_part_of_purchase()
--%
CREATE TRIGGER purchase_quotes_no_delete BEFORE DELETE ON purchase_quotes
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER purchase_quotes_no_truncate BEFORE TRUNCATE ON purchase_quotes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER purchase_receipts_no_change BEFORE UPDATE OR DELETE ON purchase_receipts
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER purchase_receipts_no_truncate BEFORE TRUNCATE ON purchase_receipts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER partner_goods_no_update BEFORE UPDATE OF id, village_id, partner_id, good_id, value_fen, since, actor
  ON partner_goods FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER partner_goods_no_delete BEFORE DELETE ON partner_goods
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER partner_goods_no_truncate BEFORE TRUNCATE ON partner_goods
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER settlements_closed_no_update BEFORE UPDATE OF id, village_id, serial, partner_id, first_day, last_day,
  opened_by, opened_at, redemptions, points, value_fen, payable_fen, closed_by, closed_at ON settlements
  FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER settlements_signed_no_update BEFORE UPDATE ON settlements
  FOR EACH ROW WHEN (OLD.state = 'signed') EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER settlements_no_delete BEFORE DELETE ON settlements
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER settlements_no_truncate BEFORE TRUNCATE ON settlements
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER settlement_lines_no_insert BEFORE INSERT ON settlement_lines
  FOR EACH ROW EXECUTE FUNCTION refuse_settled()
--%
CREATE TRIGGER settlement_lines_no_change BEFORE UPDATE OR DELETE ON settlement_lines
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER settlement_lines_no_truncate BEFORE TRUNCATE ON settlement_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
