"""Whose word is believed on where a visitor is, and what one address may have of what there is."""

import contextlib

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Address
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from mnist_demo.ui.server.admission import Admission
from mnist_demo.ui.server.forwarding import Forwarding, address_of
from mnist_demo.ui.server.websocket import PATH, websocket_route
from mnist_demo.ui.sessions.waiting_list import WaitingList, WaitingListFullError

CLAIMS = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Gradio-Server": "http://evil.example",
    "Forwarded": "for=198.51.100.7",
}


async def told(request):
    return JSONResponse(
        {
            "client": request.client and request.client.host,
            "scheme": request.url.scheme,
            "claims": sorted(set(request.headers) & {name.lower() for name in CLAIMS}),
        }
    )


def seen(peer, believes_proxies):
    app = Forwarding(Starlette(routes=[Route("/", told)]), believes_proxies)
    return TestClient(app, client=(peer, 1)).get("/", headers=CLAIMS).json()


@pytest.mark.parametrize("peer", ["203.0.113.9", "2001:db8::1", "unknown"])
def test_a_stranger_s_word_is_taken_away(peer):
    assert seen(peer, believes_proxies=True) == {"client": peer, "scheme": "http", "claims": []}


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.16.3.4", "172.20.0.2", "192.168.1.5", "::1", "fd00::2"])
def test_a_proxy_in_a_private_network_is_believed_unless_the_host_says_otherwise(peer):
    believed = seen(peer, believes_proxies=True)
    assert (believed["client"], believed["scheme"]) == ("198.51.100.7", "https")
    assert "x-forwarded-host" in believed["claims"]
    assert seen(peer, believes_proxies=False) == {"client": peer, "scheme": "http", "claims": []}


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("10.0.0.1", None),
        ("::1", None),
        ("testclient", None),
    ],
)
def test_an_address_stands_for_a_subscriber_and_a_private_one_for_nobody(host, address):
    assert address_of(Address(host, 1)) == address
    assert address_of(None) is None


def test_one_address_has_its_share_of_the_sockets_and_others_have_theirs():
    route = websocket_route(lambda payload: {"read": payload}, Admission(2, 5), 100, 2)
    app = Starlette(routes=[route])
    mine, other = (TestClient(app, client=(host, 1)) for host in ("198.51.100.7", "198.51.100.8"))
    with contextlib.ExitStack() as sockets:
        for _ in range(2):
            sockets.enter_context(mine.websocket_connect(PATH))
        with pytest.raises(WebSocketDisconnect), mine.websocket_connect(PATH):
            pass
        with other.websocket_connect(PATH) as socket:
            socket.send_text("1")
            assert socket.receive_json() == {"read": 1}
    with mine.websocket_connect(PATH):
        pass  # those that were closed make room


def test_one_address_has_its_share_of_the_places_and_is_told_so():
    places = WaitingList(runs=1, waiting=8, each=2)
    first, _ = (places.join("198.51.100.7") for _ in range(2))
    with pytest.raises(WaitingListFullError, match="From your network 2 others are training or waiting"):
        places.join("198.51.100.7")
    assert places.join("198.51.100.8").place() == 2
    for _ in range(3):
        places.join(None)  # behind a proxy that doesn't tell: they share what there is for all
    first.give_up()
    places.join("198.51.100.7")


def test_a_watcher_learns_that_the_server_is_well_and_with_which_weights(browser, services):
    answer = browser.http.get("health")
    hashes = {name: card.weights_sha256 for name, card in services.classifier.cards.items()}
    assert answer.json() == {"status": "ready", "weights": hashes}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["", "config", "health", "nothing", "gradio_api/info"])
def test_every_answer_has_the_headers_and_no_site_is_trusted_with_cookies(browser, path):
    headers = browser.http.get(path, headers={"Origin": "https://evil.example"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "access-control-allow-credentials" not in headers
    assert "x-frame-options" not in headers  # a Space embeds the page
