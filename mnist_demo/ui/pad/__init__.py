"""The drawing pad: markup, look and behaviour in the browser, and the component that carries them."""
