"""Serves the page: `python app.py`. Gradio's GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where."""

import sys

if __name__ == "__main__":
    # Not above: the processes that train import this file again, and have no use for the page.
    from mnist_demo.ui.launch import main

    sys.exit(main())
