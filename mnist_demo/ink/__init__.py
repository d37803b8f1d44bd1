"""Strokes and pictures become digits: numpy and Pillow only, no torch, no gradio, no files of ours."""
