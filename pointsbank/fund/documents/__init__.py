"""The fund on paper: the register, the register of donations, receipts, applications for subsidies."""

from pointsbank.fund.documents.application import application_pdf
from pointsbank.fund.documents.receipt import receipt_pdf
from pointsbank.fund.documents.registers import BESIDE, TITLE, donations_pdf, register_pdf

__all__ = ["BESIDE", "TITLE", "application_pdf", "donations_pdf", "receipt_pdf", "register_pdf"]
