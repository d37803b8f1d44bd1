"""The Training tab as people use it: set up, start, watch, pause, stop, draw for the trained model."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.pad import ONE, SEVEN, Pad
from tests.browser.serving import Server

#: Before the first worker starts torch has to be loaded, on a busy machine.
PATIENCE = 90_000  # milliseconds

EPOCHS_LATER = re.compile("^([3-9]|[0-9]{2,})$")
LONG = {"epochs": 50, "batch_size": 1, "learning_rate": 0.001}  # very many very small steps


class Training:
    """One page's Training tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.start = page.get_by_role("button", name="Start")
        self.pause = page.get_by_role("button", name="Pause")
        self.resume = page.get_by_role("button", name="Resume")
        self.stop = page.get_by_role("button", name="Stop")
        self.status = page.locator(".run-status")

    @classmethod
    def on(cls, page: Page, server: Server) -> "Training":
        """The tab of another page."""
        return cls(Pad(page, server.url).open().page).open()

    def open(self) -> "Training":
        """The tab with all its settings."""
        self.page.get_by_role("tab", name="Training").click()
        expect(self.start).to_be_visible()
        return self.unfold()

    def unfold(self) -> "Training":
        """Opens all settings where they are folded away."""
        if not self.field("recipe").is_visible():
            self.page.get_by_text("All settings", exact=True).click()
        return self

    def open_again(self) -> None:
        self.page.get_by_role("tab", name="Training").click()

    def field(self, name: str) -> Locator:
        return self.page.locator(f"#training-{name}")

    def set_up(self, recipe: str = "logistic", **fields: object) -> "Training":
        self.unfold().field("recipe").select_option(recipe)
        self.field("dataset").select_option("uci-digits")
        for name, value in fields.items():
            self.field(name).fill(str(value))
        return self

    def run_long(self) -> None:
        """Starts a run that doesn't end by itself soon, and waits until it has learned something."""
        self.set_up(**LONG)
        self.start.click()
        self.expect_later_epoch()

    def expect_state(self, state: str) -> None:
        expect(self.status).to_have_attribute("data-state", state, timeout=PATIENCE)

    def expect_later_epoch(self) -> None:
        expect(self.status).to_have_attribute("data-epoch", EPOCHS_LATER, timeout=PATIENCE)

    def place(self) -> tuple[str, str]:
        return self.status.get_attribute("data-epoch"), self.status.get_attribute("data-step")


@pytest.fixture
def training(pad: Pad) -> Training:
    return Training(pad.page).open()


def test_a_run_to_its_end_and_its_model_on_the_pad_of_its_visitor_alone(pad, training, new_page, server):
    training.set_up("mlp", epochs=6, batch_size=64, hidden="64")
    training.field("teacher").select_option("none")
    training.page.evaluate(
        """() => {
            window.drawn = new Set();
            const path = "[data-quantity=loss] .newest .training";
            new MutationObserver(() => {
                for (const each of document.querySelectorAll(path)) window.drawn.add(each.getAttribute("d"));
            }).observe(document.body, { subtree: true, attributes: true, childList: true });
        }"""
    )
    training.start.click()
    training.expect_state("finished")
    expect(training.page.locator(".run-epochs tbody tr")).to_have_count(7)
    assert len(training.page.evaluate("[...window.drawn]")) >= 3, "the plot has several distinct values"
    expect(training.page.locator(".confusion td")).to_have_count(100)
    expect(training.page.locator("[data-test-accuracy]")).to_be_visible()

    with training.page.expect_download() as download:
        training.page.get_by_role("button", name="Settings and curves").click()
    record = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert record["settings"]["epochs"] == 6

    training.page.get_by_role("tab", name="Sketchpad").click()
    pad.draw(SEVEN)
    pad.expect_read()
    own = pad.own(1)
    expect(pad.model(own)).to_have_attribute("data-digit", re.compile("[0-9]"))
    assert sum(pad.probabilities(own).values()) == pytest.approx(1, abs=1e-4)
    training.page.get_by_role("radio", name="Yours: Run 1").check()
    expect(pad.answered()).to_have_count(1)

    stranger = Pad(new_page(), server.url).open()
    stranger.draw(SEVEN)
    stranger.expect_read()
    expect(stranger.page.locator("[data-model^=own]")).to_have_count(0)


@pytest.mark.mnist
def test_three_choices_and_one_slider_start_a_run_with_nothing_to_fill_in(pad, server):
    page = pad.page
    page.get_by_role("tab", name="Training").click()
    choices = page.get_by_role("radiogroup", name="Start with").get_by_role("radio")
    expect(choices).to_have_count(3)
    expect(page.locator("#training-recipe")).to_be_hidden()
    for expected in page.locator(".choices .expected").all():  # measured on this host, once its workers run
        expect(expected).to_have_text(re.compile(r"^9\d\.\d% · \d+ (s|min)$"), timeout=PATIENCE)
    forecast = page.locator(".forecast")

    page.get_by_text("Linear, seconds").click()
    expect(forecast).to_have_text(re.compile(r"Expect 92\.\d% .* in about \d+ s on this server\."))
    slider = page.get_by_role("slider", name="Epochs")
    before = forecast.text_content()
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "3 epochs")
    expect(forecast).not_to_have_text(before)
    expect(page.locator("#training-recipe")).to_have_value("logistic-fast")
    expect(page.locator("#training-epochs")).to_have_value("3")

    page.get_by_text("All settings", exact=True).click()
    page.locator("#training-batch_size").fill("64")
    expect(forecast).to_have_text("Its settings were changed, so there is no forecast.")
    page.locator("#training-batch_size").fill("256")
    expect(forecast).to_have_text(re.compile("^Expect"))
    page.locator("#training-recipe").select_option("mlp-30")
    expect(forecast).to_have_text("Set up in All settings: MLP from scratch, 30 units.")
    expect(slider).to_be_hidden()
    choices.nth(0).focus()
    choices.nth(0).press("ArrowDown")
    expect(page.locator("#training-recipe")).to_have_value("mlp-fast")
    page.get_by_text("Linear, seconds").click()

    page.get_by_role("button", name="Start").click()
    status = page.locator(".run-status")
    expect(status).to_have_attribute("data-state", "finished", timeout=PATIENCE)
    assert float(page.locator("[data-test-accuracy]").get_attribute("data-test-accuracy")) > 0.91


def test_a_run_is_steered_while_it_goes_on_and_its_curves_say_where(training):
    training.run_long()
    page = training.page
    page.get_by_role("button", name="Halve the learning rate").click()
    expect(page.locator(".steering output")).to_have_text("÷ 2")
    expect(training.status).to_have_attribute("data-rate", "0.5")
    for quantity in ("loss", "accuracy"):
        expect(page.locator(f"[data-quantity={quantity}] .mark")).to_have_count(1, timeout=PATIENCE)
    page.get_by_role("button", name="Slow motion").click()
    expect(training.status).to_have_attribute("data-slow", "true")
    page.wait_for_timeout(1500)  # within a second of which it takes effect, and half of one to be shown
    before = training.place()
    page.wait_for_timeout(2000)
    after = training.place()
    assert before[0] == after[0], "an epoch takes minutes in slow motion"
    assert 0 < int(after[1]) - int(before[1]) < 12
    page.reload()
    training.open_again()
    expect(page.get_by_role("button", name="Slow motion")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".steering output")).to_have_text("÷ 2")
    training.stop.click()
    training.expect_state("stopped")
    expect(page.get_by_role("group", name="Change the run while it goes on")).to_be_hidden()
    expect(page.locator(".run-list .settings")).to_have_attribute(
        "title", re.compile("learning rate × 0.5 from epoch")
    )


def test_a_cell_shows_its_digits_and_a_misread_one_goes_onto_the_pad(pad, training):
    page = training.page
    training.set_up(epochs=1)
    training.start.click()
    training.expect_state("finished")
    cell = page.locator(".confusion td.wrong button").first
    title = cell.get_attribute("aria-label").removesuffix(": show them")
    count, label, answer = re.fullmatch(r"(\d+) of \d+: a (\d) read as (\d)", title).groups()
    cell.click()
    expect(page.locator(".mistakes h2")).to_have_text(re.compile(f"^{count} × {label} read as {answer}"))
    digits = page.locator(".mistakes").get_by_role("button")
    expect(digits).to_have_count(min(int(count), 8))
    digits.first.click()
    expect(page.get_by_role("tab", name="Sketchpad")).to_have_attribute("aria-selected", "true")
    pad.expect_read()
    # fitted as drawings are, which can change an answer
    for model in (pad.own(1), "cnn"):
        expect(pad.model(model)).to_have_attribute("data-digit", re.compile("^[0-9]$"))


def test_a_run_is_given_a_name_and_deleted(pad, training):
    page = training.page
    for number in (1, 2):
        training.set_up(epochs=number)
        training.start.click()
        expect(training.status).to_have_attribute("data-run", str(number), timeout=PATIENCE)
        training.expect_state("finished")
    name = page.get_by_role("textbox", name="Name of run 2")
    name.fill("the longer one")
    name.press("Enter")
    expect(page.get_by_role("heading", name="the longer one on")).to_be_visible()
    own = pad.own(2)
    expect(pad.model(own).locator(".name")).to_have_text("Yours: the longer one")
    page.get_by_role("button", name="Delete run 2").click()
    expect(page.locator(".run-list li")).to_have_count(1)
    expect(page.get_by_role("heading", name="Run 1 on")).to_be_visible()
    page.get_by_role("tab", name="Sketchpad").click()
    pad.draw(SEVEN)
    pad.expect_read()
    expect(pad.model(own)).to_have_count(0)
    expect(pad.model(pad.own(1))).to_have_attribute("data-digit", re.compile("[0-9]"))
    training.open_again()
    page.get_by_role("button", name="Delete run 1").click()
    training.expect_state("idle")
    expect(page.locator(".run-list li")).to_have_text("Your runs are listed here, to compare")


def test_a_link_carries_recipe_settings_and_seed_and_a_run_is_set_up_again(server, new_page):
    page = new_page()
    page.goto(server.url + "#train=mlp-fast&dataset=uci-digits&hidden=24%2C+12&epochs=2&seed=9")
    training = Training(page)
    expect(training.start).to_be_visible(timeout=PATIENCE)
    expect(training.field("recipe")).to_have_value("mlp-fast")
    expect(training.field("hidden")).to_be_visible()
    expect(training.field("hidden")).to_have_value("24, 12")
    expect(training.field("seed")).to_have_value("9")
    training.start.click()
    training.expect_state("finished")
    expect(page.locator(".run-list .settings")).to_contain_text("hidden 24-12")

    training.set_up("logistic")
    page.get_by_role("link", name="Set run 1 up again").click()
    expect(training.field("recipe")).to_have_value("mlp-fast")
    for name, value in {"hidden": "24, 12", "epochs": "2", "seed": "9", "dataset": "uci-digits"}.items():
        expect(training.field(name)).to_have_value(value)

    # Back to a link that was followed leaves what was changed since
    training.field("hidden").fill("8")
    page.get_by_role("tab", name="Sketchpad").click()
    page.go_back()
    expect(training.start).to_be_visible()
    expect(training.field("hidden")).to_have_value("8")
    page.get_by_role("link", name="Set run 1 up again").click()
    expect(training.field("hidden")).to_have_value("24, 12")

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("Copy a link to these settings").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert "#train=mlp-fast&" in page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("nothing", "This link’s recipe isn’t known here: nothing."),
        ("logistic&batch_size=64&colour=red", "This link has a setting that isn’t known here: colour."),
        ("logistic&loss=guess", "This link’s loss isn’t known here."),
        ("logistic&batch_size=0", "One setting can’t be run"),
        ("logistic&__proto__=1&seed=3", "This link has a setting that isn’t known here: __proto__."),
    ],
)
def test_a_link_that_asks_for_what_isn_t_known_says_so(server, new_page, link, sentence):
    page = new_page()
    page.goto(f"{server.url}#train={link}")
    expect(page.locator(".set-up .trouble")).to_have_text(sentence, timeout=PATIENCE)


def test_an_earlier_run_s_results_are_shown_and_its_model_goes_back_onto_the_pad(pad, training):
    for epochs in (1, 2):
        training.set_up(epochs=epochs)
        training.start.click()
        expect(training.status).to_have_attribute("data-run", str(epochs), timeout=PATIENCE)
        training.expect_state("finished")
    page = training.page
    expect(page.get_by_role("heading", name=re.compile("Run 2 on"))).to_be_visible()
    page.get_by_role("button", name="Results of run 1").click()
    expect(page.get_by_role("heading", name=re.compile("Run 1 on"))).to_be_visible()
    accuracy = page.locator("[data-test-accuracy]").get_attribute("data-test-accuracy")
    first = pad.own(1)
    page.get_by_role("button", name="Take it off").click()
    expect(page.get_by_role("button", name="Put it on the sketchpad")).to_be_visible()
    expect(pad.model(first)).to_have_count(0)
    page.get_by_role("button", name="Put it on the sketchpad").click()
    expect(page.get_by_text("On the sketchpad, as Yours: Run 1")).to_be_visible()
    page.get_by_role("tab", name="Sketchpad").click()
    expect(pad.model(first).locator(".accuracy")).to_have_text(f"{100 * float(accuracy):.2f}%")
    pad.draw(SEVEN)
    for name in (first, pad.own(2), "cnn"):
        expect(pad.model(name)).to_have_attribute("data-digit", re.compile("[0-9]"))


def test_the_model_in_training_is_seen_from_inside_and_one_draws_right_there(pad, training):
    page = training.page
    live = page.get_by_role("region", name="Inside the model in training")
    expect(live).to_be_hidden()
    training.run_long()
    expect(live).to_be_visible()
    when = live.locator(".when")
    before = when.inner_text()
    expect(when).not_to_have_text(before)  # the weights of another moment
    expect(live.locator(".inside canvas")).to_have_count(11)
    expect(live.locator(".digit")).to_have_text("3")
    live.get_by_text("Weights, layer by layer").click()
    expect(live.locator(".layers figcaption")).to_have_text("Linear, 784 → 10")
    expect(live.locator(".layers figure p")).to_contain_text("7,840 weights")
    expect(live.locator(".layers .changes")).to_have_count(1)  # from the second look on
    expect(live.locator(".dead")).to_be_empty()  # it has no ReLU
    small = live.get_by_role("img", name="Small pad to draw a digit on")
    box = small.bounding_box()
    small.hover(position={"x": SEVEN[0][0] * box["width"], "y": SEVEN[0][1] * box["height"]})
    page.mouse.down()
    for x, y in SEVEN[1:]:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
    expect(live.locator(".digit")).to_have_text("7")  # while the pen is down
    page.mouse.up()
    expect(page.get_by_text("Your drawing, read by the model in training")).to_be_visible()
    training.stop.click()
    training.expect_state("stopped")
    epochs = page.locator(".run-epochs tbody tr").first.get_attribute("data-epoch")
    expect(when).to_have_text(f"after {epochs} epochs")
    page.get_by_role("tab", name="Sketchpad").click()
    pad.expect_read()  # it is the pad's drawing too
    expect(pad.model("cnn")).to_have_attribute("data-digit", "7")
    pad.tool("Undo").click()
    expect(pad.answered()).to_have_count(0)
    pad.draw(SEVEN)
    training.open_again()
    expect(live.get_by_text("Your drawing in this model")).to_be_visible()
    live.get_by_role("button", name="Clear the small pad").click()
    expect(live.get_by_text("until you draw")).to_be_visible()


def test_a_learning_rate_is_found_and_taken_over(training):
    page = training.page
    training.set_up()
    page.get_by_role("button", name="Find a learning rate").click()
    finder = page.locator(".finder")
    expect(finder.locator("polyline")).to_have_attribute("points", re.compile(r"\d"), timeout=PATIENCE)
    use = finder.get_by_role("button", name=re.compile("^Use "))
    rate = use.inner_text().removeprefix("Use ")
    expect(finder).to_contain_text(f"falls fastest at {rate}")
    use.click()
    expect(training.field("learning_rate")).to_have_value(rate)
    training.set_up(epochs=0)
    page.get_by_role("button", name="Find a learning rate").click()
    expect(finder).to_contain_text("can’t be run")
    expect(finder.locator("figure")).to_be_hidden()


def test_pause_resume_and_stop(training):
    training.run_long()
    training.pause.click()
    training.expect_state("paused")
    expect(training.resume).to_be_visible()
    training.resume.click()
    training.expect_state("running")
    training.stop.click()
    training.expect_state("stopped")
    held = training.place()
    expect(training.page.locator("[data-test-accuracy]")).to_be_visible()
    expect(training.start).to_be_visible()
    assert training.place() == held


def test_the_drawing_is_read_while_the_model_learns(pad, training):
    training.run_long()
    expect(training.page.get_by_text("Your pad is blank")).to_be_visible()
    training.page.get_by_role("tab", name="Sketchpad").click()
    pad.draw(ONE)
    pad.expect_read()
    training.page.get_by_role("tab", name="Training").click()
    expect(training.page.get_by_text("Your drawing, read by")).to_be_visible()
    training.page.get_by_role("tab", name="Sketchpad").click()
    pad.tool("Clear").click()
    training.page.get_by_role("tab", name="Training").click()
    expect(training.page.get_by_text("Your pad is blank")).to_be_visible()
    training.stop.click()
    training.expect_state("stopped")


def test_the_second_visitor_sees_their_place_and_is_next(training, new_page, server):
    training.run_long()
    second = Training.on(new_page(), server)
    second.set_up(epochs=2)
    second.start.click()
    expect(second.page.get_by_text("You are number 1 in the queue")).to_be_visible()
    training.stop.click()
    second.expect_state("finished")


def test_a_reason_stands_beside_a_field_as_it_is_typed(training):
    training.set_up("mlp")
    rate = training.field("learning_rate")
    reason = training.page.locator("#training-learning_rate-reason")
    for typed, words in [("fast", "must be a number"), ("-1", "must be above 0"), ("0.01", "")]:
        rate.fill(typed)
        expect(reason).to_have_text(words if not words else re.compile(words))
    training.field("loss").select_option("hinge")
    expect(training.page.locator("[data-field=label_smoothing]")).to_be_hidden()
    training.field("model").select_option("logistic")
    expect(training.page.locator("[data-field=hidden]")).to_be_hidden()
    expect(training.start).to_have_attribute("aria-disabled", "false")


@pytest.mark.parametrize(
    ("menu", "choice", "idle"),
    [("loss", "hinge", "label_smoothing"), ("optimizer", "plain-sgd", "weight_decay")],
)
def test_what_a_choice_makes_idle_is_hidden_and_off(training, menu, choice, idle):
    training.set_up("cnn")
    assert float(training.field(idle).input_value()) > 0
    with training.page.expect_response(re.compile("component_server")) as asked:
        training.field(menu).select_option(choice)
    assert asked.value.json()["problems"] == {}
    expect(training.page.locator(f"[data-field={idle}]")).to_be_hidden()
    expect(training.start).to_have_attribute("aria-disabled", "false")


def test_start_is_pressed_the_moment_a_run_ends(training):
    training.set_up(epochs=2)
    training.page.evaluate(
        """() => {
            let runs = 0;
            new MutationObserver(() => {
                const { state, run } = document.querySelector(".run-status").dataset;
                if (state !== "finished" || Number(run) <= runs || runs === 2) return;
                runs = Number(run);
                setTimeout(() => document.querySelector("#training .start").click());
            }).observe(document.body, { subtree: true, attributes: true, childList: true });
        }"""
    )
    training.start.click()
    expect(training.status).to_have_attribute("data-run", "3", timeout=PATIENCE)
    training.expect_state("finished")


def test_the_same_refusal_twice_leaves_the_form_as_it_was(training):
    def spoil(route: Route) -> None:
        body = route.request.post_data_json
        body["data"][0]["settings"]["epochs"] = -1  # as nobody's form sends it
        route.continue_(post_data=json.dumps(body))

    training.page.route("**/queue/join*", spoil)
    before = "none"
    for _ in range(2):
        training.start.click()
        expect(training.page.get_by_text("These settings can’t be run")).to_be_visible()
        expect(training.status).not_to_have_attribute("data-refusal", before)
        expect(training.start).to_be_visible()
        before = training.status.get_attribute("data-refusal")


def test_a_server_that_does_not_take_the_run_leaves_the_form_as_it_was(training):
    full = {"detail": "Queue is full. Max size is 32 and size is 32."}
    training.page.route("**/queue/join*", lambda route: route.fulfill(status=503, json=full))
    training.start.click()
    training.expect_state("refused")
    expect(training.page.get_by_text("too busy")).to_be_visible()
    expect(training.start).to_be_visible()
    training.page.unroute("**/queue/join*")
    training.set_up(epochs=1)
    training.start.click()
    training.expect_state("finished")


def test_a_run_is_hidden_and_shown(training):
    training.set_up(epochs=2)
    for number in (1, 2):
        training.start.click()
        expect(training.status).to_have_attribute("data-run", str(number), timeout=PATIENCE)
        training.expect_state("finished")
    plot = training.page.locator("[data-quantity=loss]")
    curve, newest = (plot.locator(f".{age} .training") for age in ("earlier", "newest"))
    colors = [each.evaluate("it => getComputedStyle(it).stroke") for each in (curve, newest)]
    assert colors[0] != colors[1], "two runs of one model are told apart"
    first = training.page.get_by_role("checkbox", name="Show Run 1")
    for act, count in [(first.uncheck, 0), (first.check, 1)]:
        act()
        expect(curve).to_have_count(count)
        expect(newest).to_have_count(1)


def test_the_curves_are_drawn_as_one_likes_and_read_all_at_once(training):
    page = training.page
    for number in (1, 2):
        training.set_up(epochs=number + 1)
        training.start.click()
        expect(training.status).to_have_attribute("data-run", str(number), timeout=PATIENCE)
        training.expect_state("finished")
    loss, accuracy = (page.locator(f"[data-quantity={each}]") for each in ("loss", "accuracy"))
    expect(accuracy.locator(".reference text")).to_have_text(re.compile("Logistic regression, shipped: 92"))
    row = page.locator('.run-epochs tr[data-epoch="3"] td')
    validation = row.nth(2).inner_text()
    svg = loss.get_by_role("img")
    box = svg.bounding_box()
    svg.hover(position={"x": box["width"] - 14, "y": 60})
    told = loss.locator(".readout p")
    expect(told).to_have_count(3)
    expect(told.nth(1)).to_contain_text("Run 2")
    expect(told.nth(1)).to_contain_text(validation)
    expect(told.nth(2)).to_contain_text("––")  # the shorter run has ended before
    expect(accuracy.locator(".readout p").nth(1)).to_contain_text(row.nth(3).inner_text())
    page.mouse.move(0, 0)
    expect(loss.locator(".readout")).to_be_hidden()
    svg.focus()
    page.keyboard.press("ArrowLeft")
    expect(loss.locator(".readout")).to_be_visible()
    page.keyboard.press("Escape")
    expect(loss.locator(".readout")).to_be_hidden()
    assert "Run 2: training" in svg.get_attribute("aria-label")

    before = loss.locator(".newest .validation").get_attribute("d")
    expect(accuracy.locator(".tick", has_text="99%")).to_have_count(0)
    page.get_by_label("Logarithmic").check()
    expect(accuracy.locator(".tick", has_text="99%")).to_have_count(1)
    expect(loss.locator(".newest .validation")).not_to_have_attribute("d", before)
    for by, words in (("step", "Step"), ("images", "Images seen"), ("seconds", "Seconds of training")):
        page.get_by_label("What the curves are drawn over").select_option(by)
        expect(loss.locator(".axis")).to_have_text(words)
    expect(loss.locator(".newest .raw")).to_have_count(0)
    page.get_by_role("slider", name="Smoothing").fill("0.9")
    expect(loss.locator(".newest .raw")).to_have_count(1)


def test_a_host_without_mnist_trains_on_the_digits_that_need_no_download_and_writes_nothing(
    new_page, tmp_path, tmp_path_factory
):
    nowhere = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")  # whatever the network is
    # a short path: workers are started through a socket in it, and the system bounds a socket's path
    temporary = tmp_path_factory.mktemp("host")
    folders = {"MNIST_DEMO_DATA": str(tmp_path / "data"), "TMPDIR": str(temporary)}
    server = Server(
        tmp_path / "log", **folders, **nowhere, MNIST_DEMO_ANSWERS="server", no_proxy="127.0.0.1,localhost"
    )
    server.start()
    try:
        training = Training.on(new_page(), server)
        expect(training.page.get_by_text("MNIST can’t be found on the server")).to_be_visible()
        expect(training.field("dataset")).to_have_value("uci-digits")
        training.field("recipe").select_option("mlp-30")
        expect(training.field("dataset")).to_have_value("uci-digits")
        training.field("epochs").fill("2")
        training.start.click()
        training.expect_state("finished")
        for name in ("Weights .safetensors", "state_dict .pth", "Curves .csv"):
            with training.page.expect_download():
                training.page.get_by_role("button", name=name, exact=True).click()
        written = [path for folder in (tmp_path, temporary) for path in folder.rglob("*") if path.is_file()]
        assert written == [tmp_path / "log"]

        training.field("dataset").select_option("mnist")
        training.start.click()
        training.expect_state("failed")
        expect(training.status).to_contain_text(
            "MNIST is not on this machine and could not be fetched: no server"
        )
    finally:
        server.kill()


def test_the_ticks_of_the_plots_are_plain_numbers(training):
    ticks = training.page.locator("[data-quantity=loss] .tick")
    expect(ticks.get_by_text("10", exact=True)).to_have_count(1)
    expect(ticks.get_by_text("e+")).to_have_count(0)


def test_on_a_phone_what_is_focused_stands_above_the_controls(new_page, server):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    Training.on(page, server)
    covered = page.evaluate(
        """() => {
            const top = document.querySelector("#training .controls").getBoundingClientRect().top;
            const all = [...document.querySelectorAll("#training :is(input, select, summary)")];
            return all.filter((each) => each.checkVisibility()).filter((each) => {
                window.scrollTo(0, 0);
                each.focus();
                return each.getBoundingClientRect().bottom > top;
            }).map((each) => each.id || each.textContent);
        }"""
    )
    assert covered == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_leaves_a_phone_s_screen(new_page, server, theme):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    training = Training(Pad(page, server.url).open(f"?__theme={theme}").page).open()
    expect(training.start).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [360, 390, 720, 721, 961, 1280])
def test_the_losses_are_read_without_moving_them_sideways(new_page, server, width):
    page = new_page(viewport={"width": width, "height": 844})
    Training.on(page, server)
    page.get_by_text("Fifteen losses").click()
    region = page.get_by_role("region", name="Table of losses")
    assert region.evaluate("it => it.scrollWidth - it.clientWidth") <= 0
    rows = region.locator("tbody tr")
    expect(rows).to_have_count(15)
    assert max(row.bounding_box()["height"] for row in rows.all()) < 150


def test_what_a_changed_recipe_keeps_is_seen(training):
    training.set_up("mlp")
    expect(training.field("teacher")).to_have_value("cnn")
    expect(training.page.locator("[data-field=pen_share]")).to_be_hidden()
    training.field("dataset").select_option("mnist-pen")
    expect(training.field("pen_share")).to_have_value("1")
    training.field("model").select_option("logistic")
    expect(training.field("teacher")).to_have_value("cnn")
    training.field("teacher").select_option("none")
    training.field("model").select_option("mlp")
    expect(training.field("hidden")).to_have_value("1280, 1024, 512")
    expect(training.start).to_have_attribute("aria-disabled", "false")


def test_the_keyboard_s_focus_is_seen_on_every_field(training):
    training.set_up("cnn")
    training.page.get_by_text("Advanced").click()
    training.field("recipe").focus()
    seen = []
    while not seen or seen[-1][0] != "start":
        training.page.keyboard.press("Tab")
        seen.append(
            training.page.evaluate(
                """() => {
                    const { name, className } = document.activeElement;
                    return [name || className, getComputedStyle(document.activeElement).boxShadow];
                }"""
            )
        )
    assert len(seen) > 20
    assert [name for name, shadow in seen if shadow == "none"] == []


def test_the_keyboard_stays_where_it_is_after_start_and_stop(training):
    training.set_up(**LONG)
    training.start.focus()
    training.page.keyboard.press("Enter")
    training.expect_later_epoch()
    expect(training.page.get_by_role("group", name="Run", exact=True)).to_be_focused()
    steering = training.page.get_by_role("group", name="Change the run while it goes on").get_by_role(
        "button"
    )
    expect(steering).to_have_count(4)
    for button in (*steering.all(), training.pause, training.stop):
        training.page.keyboard.press("Tab")
        expect(button).to_be_focused()
    training.page.keyboard.press("Enter")
    training.expect_state("stopped")
    training.page.keyboard.press("Tab")
    expect(training.start).to_be_focused()


def test_a_drawing_from_before_the_first_run_is_read_too(pad, training):
    training.page.get_by_role("tab", name="Sketchpad").click()
    pad.draw(ONE)
    pad.expect_read()
    training.page.get_by_role("tab", name="Training").click()
    training.run_long()
    expect(training.page.get_by_text("Your drawing, read by")).to_be_visible()
    training.stop.click()
    training.expect_state("stopped")
