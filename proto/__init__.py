"""Everything we say and hear: messages, links, store, HTTP, metrics."""
