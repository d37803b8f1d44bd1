"""The pad as a person uses it: draws with mouse or finger, and reads what the page says."""

import json
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, Request, WebSocket, expect

#: x, y in sides of the pad, y down.
Points = Sequence[tuple[float, float]]

SEVEN: Points = [(0.3, 0.22), (0.5, 0.2), (0.7, 0.19), (0.6, 0.45), (0.5, 0.65), (0.45, 0.85)]
ONE: Points = [(0.52, 0.12), (0.51, 0.4), (0.5, 0.65), (0.49, 0.88)]

_STROKES = """(canvas, strokes) => {
    const box = canvas.getBoundingClientRect();
    const send = (type, [x, y], buttons) => canvas.dispatchEvent(new PointerEvent(type, {
        bubbles: true, cancelable: true, pointerId: 1, pointerType: "pen", isPrimary: true, button: 0,
        buttons,
        clientX: box.left + x * box.width, clientY: box.top + y * box.height,
    }));
    for (const points of strokes) {
        send("pointerdown", points[0], 1);
        for (const point of points.slice(1)) send("pointermove", point, 1);
        send("pointerup", points.at(-1), 0);
    }
}"""


class Pad:
    """One page's pad."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.wire = Wire(page)
        self.state = page.locator("[data-ink]")
        self.canvas = page.locator("#digit-pad canvas")
        self.verdict = page.locator(".verdict .sentence")
        self.notice = page.locator(".notice")

    def open(self, query: str = "") -> "Pad":
        self.page.goto(self.url + query)
        expect(self.page.locator("[data-model]").first).to_be_visible()
        return self

    @property
    def ink(self) -> int:
        return int(self.state.get_attribute("data-ink"))

    def at(self, x: float, y: float) -> tuple[float, float]:
        box = self.canvas.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def press(self, points: Points) -> None:
        """Draw a stroke with the mouse and keep it pressed."""
        box, (x, y) = self.canvas.bounding_box(), points[0]
        # unlike the mouse alone, it waits until the pad stands still and nothing lies over it
        self.canvas.hover(position={"x": x * box["width"], "y": y * box["height"]})
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point), steps=4)

    def draw(self, points: Points) -> None:
        self.press(points)
        self.page.mouse.up()

    def replay(self, strokes: Sequence[Points]) -> None:
        """Send pointer events to the canvas as fast as they go; much quicker than moving the mouse."""
        self.canvas.evaluate(_STROKES, [list(points) for points in strokes])

    def tool(self, name: str) -> Locator:
        return self.page.get_by_role("toolbar", name="Tools").get_by_role("button", name=name, exact=True)

    def model(self, name: str) -> Locator:
        return self.page.locator(f'[data-model="{name}"]')

    def own(self, run: int) -> str:
        """Wait until the model of a run, by its number, is on the pad, and return the model's name."""
        lane = self.page.locator(f'[data-model^="own-{run}-"]')
        expect(lane).to_have_count(1)
        return lane.get_attribute("data-model") or ""

    def answered(self) -> Locator:
        return self.page.locator("[data-model][data-digit]")

    def expect_read(self) -> None:
        """The answers on the page are those to the newest ink."""
        expect(self.state).to_have_attribute("data-shown", str(self.ink))

    def expect_blank(self) -> None:
        self.expect_read()
        expect(self.answered()).to_have_count(0)
        expect(self.page.locator("[data-probability]")).to_have_count(0)
        expect(self.page.get_by_text("Draw any single digit here")).to_be_visible()

    def probabilities(self, name: str) -> dict[int, float]:
        rows = self.model(name).locator("[data-class][data-probability]")
        pairs = rows.evaluate_all("rows => rows.map(row => [row.dataset.class, row.dataset.probability])")
        return {int(digit): float(probability) for digit, probability in pairs}

    def inked(self) -> int:
        """How many pixels of the canvas show ink."""
        return self.canvas.evaluate(
            """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
               .filter((value, index) => index % 4 === 3 && value > 127).length"""
        )


class Wire:
    """Listens to what a page asks of read_ink, by socket and by HTTP. Made before the page is opened."""

    def __init__(self, page: Page) -> None:
        self.asked: list[dict] = []
        self.by_http = 0
        self.under_way = 0
        self.most_under_way = 0
        page.on("websocket", self._follow)
        page.on("request", self._request)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda question: self._begin(json.loads(question)))
        socket.on("framereceived", lambda _: self._less())

    def _request(self, request: Request) -> None:
        if body := _read_ink_body(request):
            self.by_http += 1
            self._begin(body)

    def _end(self, request: Request) -> None:
        if _read_ink_body(request):
            self._less()

    def _begin(self, payload: dict) -> None:
        self.asked.append(payload)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)

    def _less(self) -> None:
        self.under_way -= 1


def _read_ink_body(request: Request) -> dict | None:
    if "component_server" not in request.url:
        return None
    body = json.loads(request.post_data)
    return body["data"] if body["fn_name"] == "read_ink" else None
