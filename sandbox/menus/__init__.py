"""An account's menu under the chat: what may be in it, and which one a fan sees."""
