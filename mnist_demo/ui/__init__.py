"""The page: everything that knows gradio, browsers and what strangers may send."""
