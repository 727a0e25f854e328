"""Questions about a tree; nothing here changes one."""
