"""What every application of a test run would work out anew, and always the same: worked out once per process.

A program starts once and a test run starts it thousands of times, so three things cost most of the run: werkzeug writes
a function for every address, Jinja translates every template, SQLAlchemy every statement. The applications themselves
stay apart, each test has its own: only what depends on nothing but the program's text is kept.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

import pointsbank
from pointsbank.foundation.database import prepare_engine


class Translated(BytecodeCache):
    """Templates as code; a bucket's key and checksum say which text of which file it is of."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Jinja: the code of a template, if it is known."""
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Jinja: keep the code of a template."""
        assert bucket.code is not None
        self._known[bucket.key, bucket.checksum] = bucket.code


def remember_addresses(patch: pytest.MonkeyPatch) -> None:
    """How an address is read and put together; both take what belongs to an application from the rule they get."""
    known: dict[tuple[object, ...], dict[str, Any]] = {}
    build: dict[tuple[object, ...], tuple[Callable[..., tuple[str, str]], ...]] = {}
    read = Rule.compile
    written = Rule._compile_builder

    def once(rule: Rule) -> None:
        assert rule.map is not None
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, rule.map.host_matching, repr(rule.defaults))
        if key not in known:
            read(rule)
            known[key] = {name: getattr(rule, name) for name in ("_parts", "_trace", "_converters")}
            build[key] = (written(rule, False), written(rule, True))
        vars(rule).update(known[key])
        rule.arguments.update(rule._converters)
        rule._build, rule._build_unknown = (function.__get__(rule, None) for function in build[key])

    patch.setattr(Rule, "compile", once)


def remember_templates(patch: pytest.MonkeyPatch) -> None:
    """Templates, for every application that is made from now on."""
    patch.setitem(Flask.jinja_options, "bytecode_cache", Translated())


def remember_statements(patch: pytest.MonkeyPatch) -> None:
    """Statements, for every engine that the program prepares from now on.

    SQLAlchemy keeps them by dialect, of which every engine has its own; two that speak to the same kind and version of
    database in the same way write the same statement.
    """
    known: Any = LRUCache(10_000)

    def way_of(dialect: DefaultDialect) -> tuple[object, ...]:
        return (type(dialect), getattr(dialect, "server_version_info", None))

    patch.setattr(DefaultDialect, "__eq__", lambda one, other: one is other or way_of(one) == way_of(other))
    patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))

    def prepare(engine: Engine) -> None:
        prepare_engine(engine)
        engine.update_execution_options(compiled_cache=known)

    patch.setattr(pointsbank, "prepare_engine", prepare)
