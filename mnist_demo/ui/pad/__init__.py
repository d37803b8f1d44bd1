"""The drawing pad: markup, style and behavior in the browser, and the component that carries them."""
