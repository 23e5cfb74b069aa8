"""Writes of the kiosk: calls for help, and the village's own voice."""

from pointsbank.kiosk.services.calls import CALLS_MAX, answer_call, call_help, end_call
from pointsbank.kiosk.services.voices import keep_voice, remove_voice

__all__ = ["CALLS_MAX", "answer_call", "call_help", "end_call", "keep_voice", "remove_voice"]
