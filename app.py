"""Serves the page: `python app.py`. Gradio's GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where."""

import sys

from mnist_demo.ui.serving import main

if __name__ == "__main__":
    sys.exit(main())
