"""What must survive: the durable outbox, the memory, the contract journal and the history."""

from proto.store.port import (
    NOTHING_LOADED,
    Loaded,
    Loss,
    Page,
    Store,
    StoreCounts,
    Stored,
    StoreInUse,
    StoreStatus,
)

__all__ = [
    "NOTHING_LOADED",
    "Loaded",
    "Loss",
    "Page",
    "Store",
    "StoreCounts",
    "StoreInUse",
    "StoreStatus",
    "Stored",
]
