"""Wrong tries of a secret, counted in the database so that many at once count as many."""

from datetime import timedelta

from sqlalchemy import delete, func, select

from pointsbank.access.errors import WaitBeforeNextTryError
from pointsbank.access.models import Try
from pointsbank.foundation import clock
from pointsbank.foundation.database import session, transaction

TRIES_KEPT_DAYS = 30


def wait_for_turn(subject: str) -> None:
    """Inside a transaction: decide on the tries of one subject one after the other, so that 64 at once are 64."""
    if session().get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        session().execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject, 0))))


def count_try(subject: str, *, tries_max: int, within: timedelta, message: str) -> None:
    """Count a try before the secret is looked at, in a transaction of its own; a right answer forgets it again.

    subject: what is guarded, e.g. "sign-in:张三". Raises WaitBeforeNextTryError(message) when tries_max were
    made within the span.
    """
    now = clock.now()
    with transaction() as current:
        wait_for_turn(subject)
        made = tries_within(subject, within)
        if made >= tries_max:
            raise WaitBeforeNextTryError(message)
        current.add(Try(subject=subject, at=now))
        current.execute(delete(Try).where(Try.subject == subject, Try.at < now - timedelta(days=TRIES_KEPT_DAYS)))


def take_back_try(subject: str) -> None:
    """What was tried last was right: it does not count, the wrong ones before it still do."""
    newest = select(Try.id).where(Try.subject == subject).order_by(Try.at.desc(), Try.id.desc()).limit(1)
    with transaction() as current:
        current.execute(delete(Try).where(Try.id == newest.scalar_subquery()))


def forget_tries(subject: str) -> None:
    """The secret was right: the tries before it no longer count."""
    with transaction() as current:
        current.execute(delete(Try).where(Try.subject == subject))


def is_locked(subject: str, *, tries_max: int, within: timedelta) -> bool:
    """Whether the newest tries_max tries fell within the span, however long ago that was.

    It stays so until forget_tries: a refused try is not counted, so nothing newer pushes the old ones out.
    """
    moments = list(
        session().scalars(select(Try.at).where(Try.subject == subject).order_by(Try.at.desc()).limit(tries_max))
    )
    return len(moments) == tries_max and moments[0] - moments[-1] < within


def tries_within(subject: str, within: timedelta) -> int:
    """How many tries count against a subject now."""
    query = select(func.count()).where(Try.subject == subject, Try.at > clock.now() - within)
    return session().scalar(query) or 0
