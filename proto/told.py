"""What the links and the conversation have for people at home, as events for log and page."""

from __future__ import annotations

from proto.conversation import Conversation
from proto.links import Links
from proto.second import SecondConversation
from states.image import Event, Now


def told(now: Now, links: Links, conversation: Conversation | SecondConversation) -> list[Event]:
    """What is new since the last call."""
    found = [Event("refused", cause, words, now.mono_ms, now.wall_ms) for cause, words in links.told]
    found += [Event("note", cause, words, now.mono_ms, now.wall_ms) for cause, words in conversation.told]
    links.told.clear()
    conversation.told.clear()
    return found
