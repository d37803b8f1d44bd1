"""The host's side of the page: limits, request limits, concurrency, the WebSocket, fetching. No ink."""
