"""The peer that the sketchpad is measured against: the same models behind the plainest gr.Sketchpad.

    python -m benchmarks.peer

serves it where GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say.
"""

from typing import Any

import gradio as gr
import torch
from PIL import Image

from mnist_demo.ink.pad import digit_from_picture
from mnist_demo.models.classifier import ALL, Classifier


def main() -> None:
    torch.set_num_threads(1)
    classifier = Classifier.load()

    def read(drawn: dict[str, Any]) -> list[dict[str, float] | None]:
        digit = digit_from_picture(Image.fromarray(drawn["composite"]))
        answers = classifier.predict(digit, ALL).get("predictions", {})
        return [
            {str(number): share for number, share in enumerate(answers[name])} if answers else None
            for name in classifier.cards
        ]

    app = gr.Blocks(analytics_enabled=False)
    with app:
        brush = gr.Brush(default_size=10, colors=["#000000"], color_mode="fixed")
        pad = gr.Sketchpad(
            type="numpy", canvas_size=(400, 400), brush=brush, layers=False, elem_id="peer-pad"
        )
        labels = [
            gr.Label(label=card.title, elem_classes="peer-answer") for card in classifier.cards.values()
        ]
        pad.change(read, pad, labels, show_progress="hidden")
    app.launch(quiet=True, ssr_mode=False)


if __name__ == "__main__":
    main()
