"""What the pages of planning share: tools of the map, drafts sent by a browser, bases kept by the process."""
