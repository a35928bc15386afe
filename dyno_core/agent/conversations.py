"""Conversations belong to the person who began them. Nobody else reads them, and every word is kept for the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, case, exists, func, select, update
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor, Permission, Role, authorize, require
from dyno_core.agent.titles import title_of
from dyno_core.database.engine import Database
from dyno_core.database.models import ChatMessageRow, ChatThreadRow, FeedbackRow
from dyno_core.errors import InvalidInput, NotFound, NotSignedIn

UNNAMED: Final = "New conversation"
LONGEST_TITLE: Final = 80
LONGEST_MESSAGE: Final = 8_000
LONGEST_REASON: Final = 500

# What comes of it may be forgotten with it, so that it waits for the disk as the turn does.
_QUESTION: Final = sql("""
    WITH asker AS (
        SELECT u.id, u.email, u.name, u.role, set_config('synchronous_commit', :commit, true)
        FROM users u WHERE u.id = :person AND NOT u.disabled
    ), touched AS (
        UPDATE chat_threads t
        SET updated_at = clock_timestamp(), title = CASE WHEN t.title = :unnamed THEN :title ELSE t.title END
        FROM asker WHERE t.id = :thread AND t.user_id = asker.id AND t.deleted_at IS NULL
        RETURNING t.id
    ), stored AS (
        INSERT INTO chat_messages (thread_id, role, text, events, tools)
        SELECT id, 'user', :text, '{"events": []}', '{}' FROM touched RETURNING id
    )
    SELECT asker.id, asker.email, asker.name, asker.role FROM asker, stored""")


class ConversationNotFound(NotFound):
    """There is none of this id, or it is somebody else's: both look the same from outside."""

    code = "conversation_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such conversation of yours; choose one from the list, or begin a new one.")


@dataclass(frozen=True, slots=True)
class Conversation:
    """``newest``: the id of its latest message; 0 where it has none, or was not asked for by itself."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    newest: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """``events``: what an answer consisted of, as the events of its stream without the tokens."""

    id: int
    role: str
    text: str
    events: tuple[Mapping[str, Any], ...]
    model: str | None
    created_at: datetime
    helpful: bool | None = None
    reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_ms: int | None = None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to store. ``latency_ms``: from the question to the end of the answer; ``cost_usd``: of its tokens.

    ``tools``: those that ran for it, in their order.
    """

    role: str
    text: str
    events: Sequence[Mapping[str, Any]] = ()
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_ms: int | None = None
    prompt_version: str | None = None
    tools: Sequence[str] = ()
    cost_usd: Decimal | None = None


def create_conversation(database: Database, actor: Actor, *, title: str = UNNAMED) -> Conversation:
    with database.writing() as session:
        authorize(session, actor, Permission.READ)
        row = ChatThreadRow(id=str(uuid4()), user_id=_person(actor), title=_title(title))
        session.add(row)
        session.flush()
        return _conversation(row)


def get_conversation(database: Database, actor: Actor, conversation_id: str) -> Conversation:
    """Raises `ConversationNotFound`, also for what belongs to somebody else."""
    one = ChatThreadRow
    newest = select(func.max(ChatMessageRow.id)).where(ChatMessageRow.thread_id == one.id).scalar_subquery()
    query = select(one.id, one.title, one.created_at, one.updated_at, newest.label("newest"))
    with database.asking() as connection:
        row = connection.execute(query.where(*_is_own(actor, conversation_id), one.deleted_at.is_(None))).one_or_none()
    if row is None:
        raise ConversationNotFound
    return Conversation(
        id=row.id, title=row.title, created_at=row.created_at, updated_at=row.updated_at, newest=row.newest or 0
    )


def list_conversations(
    database: Database, actor: Actor, *, search: str = "", limit: int = 50
) -> tuple[Conversation, ...]:
    """The person's own, the latest first; with ``search`` those whose title or messages hold it."""
    query = select(ChatThreadRow).where(ChatThreadRow.user_id == _person(actor), ChatThreadRow.deleted_at.is_(None))
    wanted = search.replace("\x00", "").strip()[:100]
    if wanted:
        said = exists().where(
            ChatMessageRow.thread_id == ChatThreadRow.id, ChatMessageRow.text.icontains(wanted, autoescape=True)
        )
        query = query.where(ChatThreadRow.title.icontains(wanted, autoescape=True) | said)
    with database.reading() as session:
        rows = session.scalars(query.order_by(ChatThreadRow.updated_at.desc(), ChatThreadRow.id).limit(limit))
        return tuple(_conversation(row) for row in rows)


def rename_conversation(database: Database, actor: Actor, conversation_id: str, title: str) -> Conversation:
    """Raises `InvalidInput` for an empty title, `ConversationNotFound`."""
    if not title.strip():
        raise InvalidInput("A conversation needs a name; type one.")
    with database.writing() as session:
        row = _own(session, actor, conversation_id)
        row.title = _title(title)
        session.flush()
        return _conversation(row)


def delete_conversation(database: Database, actor: Actor, conversation_id: str) -> None:
    """Gone for the person; the messages stay for the record. Deleting it twice does no harm."""
    with database.writing() as session:
        row = _own(session, actor, conversation_id, deleted_too=True)
        if row.deleted_at is None:
            row.deleted_at = session.execute(select(func.now())).scalar_one()


def messages_of(database: Database, actor: Actor, conversation_id: str, *, limit: int = 400) -> tuple[Message, ...]:
    """The latest messages, oldest first, with the person's own ratings."""
    query = (
        select(ChatMessageRow, FeedbackRow.helpful, FeedbackRow.reason)
        .outerjoin(FeedbackRow, (FeedbackRow.message_id == ChatMessageRow.id) & (FeedbackRow.user_id == _person(actor)))
        .where(ChatMessageRow.thread_id == conversation_id)
        .order_by(ChatMessageRow.id.desc())
        .limit(limit)
    )
    with database.reading() as session:
        _own(session, actor, conversation_id)
        found = [_message(row, helpful, reason) for row, helpful, reason in session.execute(query)]
    return tuple(reversed(found))


def newest_message(database: Database, conversation_id: str) -> int:
    """The id of the latest message; 0 where there is none yet."""
    query = select(func.max(ChatMessageRow.id)).where(ChatMessageRow.thread_id == conversation_id)
    with database.asking() as connection:
        return connection.scalar(query) or 0


def add_message(database: Database, actor: Actor, conversation_id: str, message: NewMessage) -> int:
    """Store a message and return its id. The first question names a conversation that has no name yet."""
    with database.writing() as session:
        return store_message(session, actor, conversation_id, message)


def store_message(session: Session, actor: Actor, conversation_id: str, message: NewMessage) -> int:
    """As `add_message`, as a part of something larger. Two plain statements: words wait for them to come."""
    changes: dict[str, Any] = {"updated_at": func.clock_timestamp()}
    if message.role == "user":
        named = _title(title_of(message.text))
        changes["title"] = case((ChatThreadRow.title == UNNAMED, named), else_=ChatThreadRow.title)
    touched = update(ChatThreadRow).where(*_is_own(actor, conversation_id), ChatThreadRow.deleted_at.is_(None))
    touched = touched.values(changes).returning(ChatThreadRow.id)
    # Past the session, which would look for objects of its own that these two change, and holds none.
    connection = session.connection()
    thread_id = connection.scalar(touched)
    if thread_id is None:
        raise ConversationNotFound
    stored = insert(ChatMessageRow).values(
        thread_id=thread_id,
        role=message.role,
        text=message.text,
        events={"events": list(message.events)},
        model=message.model,
        input_tokens=message.input_tokens,
        output_tokens=message.output_tokens,
        latency_ms=message.latency_ms,
        prompt_version=message.prompt_version,
        tools=list(message.tools),
        cost_usd=message.cost_usd,
    )
    return connection.execute(stored.returning(ChatMessageRow.id)).scalar_one()


def store_question(database: Database, actor: Actor, conversation_id: str, text: str, *, waits_for_disk: bool) -> Actor:
    """Store what a person asks, in one round trip; the person as the database knows them now.

    Raises `NotSignedIn`, `NotAllowed`, `ConversationNotFound`.
    """
    asked = {
        "person": _person(actor),
        "thread": _identifier(conversation_id),
        "text": text,
        "unnamed": UNNAMED,
        "title": _title(title_of(text)),
        "commit": "on" if waits_for_disk else "off",
    }
    with database.statement() as connection:
        row = connection.execute(_QUESTION, asked).one_or_none()
    if row is None:
        with database.reading() as session:
            authorize(session, actor, Permission.READ)
        raise ConversationNotFound
    current = Actor(id=row.id, email=row.email, name=row.name, role=Role(row.role))
    require(current, Permission.READ)
    return current


def rate_message(database: Database, actor: Actor, message_id: int, *, helpful: bool, reason: str = "") -> None:
    """The person's thumb and why; a second one replaces the first. Raises `NotFound` for what is not theirs."""
    why = reason.replace("\x00", "").strip()[:LONGEST_REASON]
    with database.writing() as session:
        thread_id = session.scalar(select(ChatMessageRow.thread_id).where(ChatMessageRow.id == message_id))
        if thread_id is None:
            raise ConversationNotFound
        _own(session, actor, thread_id)
        stored = insert(FeedbackRow).values(message_id=message_id, user_id=_person(actor), helpful=helpful, reason=why)
        session.execute(
            stored.on_conflict_do_update(
                constraint="uq_feedback_message_id_user_id", set_={"helpful": helpful, "reason": why}
            )
        )


def cleaned(text: str) -> str:
    """What a person typed, without the characters that no database stores.

    Raises `InvalidInput` for nothing at all and for more than anybody would read.
    """
    said = "".join(letter for letter in text if letter != "\x00" and not "\ud800" <= letter <= "\udfff").strip()
    if not said:
        raise InvalidInput("The message is empty; type what you want to know or do.")
    if len(said) > LONGEST_MESSAGE:
        raise InvalidInput(
            f"The message has {len(said):,} characters, more than the {LONGEST_MESSAGE:,} I read; say it shorter.",
            length=len(said),
        )
    return said


def owner(database: Database, actor: Actor, conversation_id: str) -> Actor:
    """The person as the database knows them now. Raises `ConversationNotFound`, also for somebody else's."""
    with database.reading() as session:
        current = authorize(session, actor, Permission.READ)
        _own(session, current, conversation_id)
        return current


def _own(session: Session, actor: Actor, conversation_id: str, *, deleted_too: bool = False) -> ChatThreadRow:
    row = session.scalar(select(ChatThreadRow).where(*_is_own(actor, conversation_id)))
    if row is None or (row.deleted_at is not None and not deleted_too):
        raise ConversationNotFound
    return row


def _is_own(actor: Actor, conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return ChatThreadRow.id == _identifier(conversation_id), ChatThreadRow.user_id == _person(actor)


def _identifier(conversation_id: str) -> str:
    try:
        return str(UUID(conversation_id))
    except ValueError:
        raise ConversationNotFound from None


def _person(actor: Actor) -> int:
    if actor.id is None:
        raise NotSignedIn
    return actor.id


def _title(text: str) -> str:
    tidy = " ".join(text.replace("\x00", "").split())
    return tidy if len(tidy) <= LONGEST_TITLE else tidy[: LONGEST_TITLE - 1] + "…"


def _conversation(row: ChatThreadRow) -> Conversation:
    return Conversation(id=row.id, title=row.title, created_at=row.created_at, updated_at=row.updated_at)


def _message(row: ChatMessageRow, helpful: bool | None, reason: str | None) -> Message:
    return Message(
        id=row.id,
        role=row.role,
        text=row.text,
        events=tuple(row.events.get("events", ())),
        model=row.model,
        created_at=row.created_at,
        helpful=helpful,
        reason=reason or "",
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        latency_ms=row.latency_ms,
    )
