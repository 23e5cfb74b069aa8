-- What stands in the register, on a receipt or in an application stays; what is answered later may be added.
-- Statements are separated by lines of two hyphens and a percent sign.
CREATE TRIGGER fund_entries_append_only BEFORE UPDATE OF
  village_id, serial, kind, amount_fen, occurred_on, counterpart, purpose, paid_serial, reverses,
  transfer_sequence, balance_after_fen, booked_on, booked_at, actor, submission_key
  ON fund_entries FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER fund_entries_no_delete BEFORE DELETE ON fund_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER fund_entries_no_truncate BEFORE TRUNCATE ON fund_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER donations_append_only BEFORE UPDATE OF
  village_id, serial, gift, what, value_fen, donor_kind, donor_name, household_id, anonymous, wish,
  condition, given_on, accepted_by, second_person, entry_serial, delivery_serial, accepted_on, accepted_at,
  actor, submission_key
  ON donations FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER donations_no_delete BEFORE DELETE ON donations
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER donations_no_truncate BEFORE TRUNCATE ON donations
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER subsidies_append_only BEFORE UPDATE OF
  village_id, serial, first_period, last_period, points, points_per_yuan, amount_fen, applied_on, applied_at,
  actor, submission_key
  ON subsidies FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER subsidies_no_delete BEFORE DELETE ON subsidies
  FOR EACH ROW EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER subsidies_no_truncate BEFORE TRUNCATE ON subsidies
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
--%
CREATE TRIGGER fund_entries_voucher_once BEFORE UPDATE OF voucher ON fund_entries
  FOR EACH ROW WHEN (OLD.voucher <> '') EXECUTE FUNCTION refuse_change()
