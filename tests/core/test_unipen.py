"""UNIPEN's archive: read without unpacking, and fetched from a server of the test's own."""

import gc
import gzip
import hashlib
import io
import json
import logging
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.development_writers import of_unipen, shares
from mnist_demo.data import unipen, unipen_text
from mnist_demo.data.download import DataUnavailable
from mnist_demo.data.unipen import digest_of
from mnist_demo.data.unipen_writers import DEVELOPMENT_WRITERS, SAME_WRITER, TEST_WRITERS

INK = """.VERSION 1.0
.INCLUDE app/app.doc
.WRITER_ID  somebody
.COMMENT not a statement: .PEN_DOWN
.PEN_DOWN
100 300
200 300
150 100
.PEN_UP
.PEN_DOWN
120 200
180 200
.PEN_UP
"""
SEGMENTS = """.VERSION 1.0
.INCLUDE app/data/one.dat
.SEGMENT CHARACTER 0-1 ? "7"
.SEGMENT CHARACTER 0 OK "1"
"""
FILES = {
    "data/1a/app/one.dat": SEGMENTS,
    "data/1a/cea/one.dat": SEGMENTS,
    "data/1b/app/one.dat": SEGMENTS,
    "include/app/app.doc": ".COORD X Y\n",
    "include/app/data/one.dat": INK,
}


def archive(files, top="CDROM/train_r01_v07/", more=()) -> bytes:
    """The files as the distribution has them: below its folder, packed; `more` are members as they are."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(top + name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
        for member in more:
            tar.addfile(member, io.BytesIO(bytes(member.size)))
    return packed.getvalue()


def ink(writer, *lines):
    """Ink by a writer, a component for each line of numbers."""
    components = "".join(f".PEN_DOWN\n{line}\n.PEN_UP\n" for line in lines)
    return f".WRITER_ID {writer}\n{components}"


@pytest.fixture
def root(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    monkeypatch.setenv("MNIST_DEMO_DATA", str(folder))
    monkeypatch.setattr(unipen, "MIN_DRAWINGS", 1)
    return folder


def put(content: bytes) -> None:
    unipen.path().parent.mkdir(parents=True)
    unipen.path().write_bytes(content)


def reading(files, **more):
    put(archive(files, **more))
    return unipen.read(unipen.path())


def test_drawings_have_label_writer_and_lines_with_y_down(root):
    (seven, one), passed_over = reading(FILES)
    assert (seven.label, one.label) == (7, 1)
    assert seven.writer == one.writer == f"app/{digest_of('app', 'somebody')}"
    assert [line.tolist() for line in seven.lines] == [
        [[100, -300], [200, -300], [150, -100]],
        [[120, -200], [180, -200]],
    ]
    assert not passed_over


def test_the_order_of_the_files_in_the_archive_does_not_matter(root):
    (seven, _), passed_over = reading(dict(reversed(FILES.items())))
    assert [len(line) for line in seven.lines] == [3, 2]
    assert not passed_over


def test_columns_are_found_by_their_names(root):
    doc = {"include/app/app.doc": ".COORD T Y X\n"}
    timed = {"include/app/data/one.dat": ".INCLUDE app/app.doc\n" + ink("somebody", "9 20 10\n9 40 30")}
    (one,), _ = reading(
        {"data/1a/app/one.dat": '.INCLUDE app/data/one.dat\n.SEGMENT DIGIT 0 ? "1"\n'} | doc | timed
    )
    assert one.lines[0].tolist() == [[10, -20], [30, -40]]


@pytest.mark.parametrize(
    ("components", "wanted"),
    [
        ("1", [[4, 5]]),
        ("0-1", [[0, 1, 2, 3], [4, 5]]),
        ("0:1", [[1]]),
        ("0:2-1:0", [[2, 3], [4]]),
        ("0-1:0", [[0, 1, 2, 3], [4]]),
        ("0:3,2", [[3], [6]]),
        ("2-3", None),
        ("1-0", None),
        ("a-b", None),
        ("", None),
        ("0:9-0:12", None),
    ],
)
def test_components_can_be_cut_at_points(components, wanted):
    text = ink("somebody", "0 9\n1 9\n2 9\n3 9", "4 9\n5 9", "6 9")
    found = unipen_text.lines_of(
        unipen_text.Segment("1", components), unipen_text.read(text, lambda name: None)
    )
    assert (None if found is None else [part[:, 0].tolist() for part in found]) == wanted


def test_what_is_garbled_is_passed_over_and_counted(root):
    garbled = FILES | {
        "data/1a/app/one.dat": SEGMENTS
        + '.SEGMENT what is\n.SEGMENT CHARACTER 7 ? "2"\n.SEGMENT CHARACTER 1 ? "x"\n',
        "data/1a/app/two.dat": '.INCLUDE ../../../etc/passwd\n.SEGMENT CHARACTER 0 ? "2"\n',
        "data/1a/app/me.dat": ".INCLUDE ../data/1a/app/me.dat\n.INCLUDE app/app.doc\n",
        "include/app/data/one.dat": INK.replace("200 300", "two hundred\n200\n1e999 5\n\x00\xff"),
        "include/app/app.doc": ".COORD up\n.INCLUDE app/app.doc\n",
    }
    (seven, one), passed_over = reading(garbled)
    assert [line.tolist() for line in seven.lines] == [[[100, -300], [150, -100]], [[120, -200], [180, -200]]]
    assert one.label == 1
    assert passed_over["garbled points"] == 4 + 4  # both segments read that component
    assert passed_over["garbled segments"] == 1
    assert passed_over["segments without ink or a digit's label"] == 2
    assert passed_over["segments without a writer"] == 1
    assert passed_over["garbled names of files"] >= 4
    assert passed_over["garbled names of coordinates"] >= 1


def test_members_that_lead_out_are_passed_over_and_nothing_is_written(root, monkeypatch):
    climbing = tarfile.TarInfo("train_r01_v07/data/1a/app/../../../../up.dat")
    absolute = tarfile.TarInfo("/train_r01_v07/data/1a/app/up.dat")
    link = tarfile.TarInfo("train_r01_v07/data/1a/app/link.dat")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    large = tarfile.TarInfo("train_r01_v07/data/1a/app/large.dat")
    large.size = 10_000
    monkeypatch.setattr(unipen, "MAX_MEMBER", 9_999)
    drawings, passed_over = reading(FILES, more=(climbing, absolute, link, large))
    assert len(drawings) == 2
    assert passed_over == {"members that lead out of the archive": 3, "files that are too large": 1}
    assert [path.name for path in root.rglob("*") if path.is_file()] == [unipen.NAME]


def test_a_writer_counts_once_whatever_the_session_and_test_writers_never(root, monkeypatch):
    monkeypatch.setattr(unipen, "TEST_WRITERS", {digest_of("ibm", "r02-05"), digest_of("app", "tested")})
    one = '.SEGMENT CHARACTER 0 ? "1"\n'
    files = {}
    for number, (name, writer, points) in enumerate(
        [
            ("ibm", "r01-03", "0 0\n9 40"),
            ("ibm", "r04-03", "0 0\n9 41"),
            ("ibm", "r04-05", "0 0\n9 42"),  # who wrote in another session as a test writer
            ("app", "tested", "0 0\n9 43"),
            ("app", "copied", "7 7\n16 50"),  # the test writer's drawing, elsewhere on the tablet
            ("app", "again", "0 0\n9 44"),
            ("apb", "again", "1 1\n10 45"),
        ]
    ):
        files[f"data/1a/{name}/{number}.dat"] = f".INCLUDE {name}/{number}.dat\n{one}"
        files[f"include/{name}/{number}.dat"] = ink(writer, points)
    drawings, passed_over = reading(files)
    assert sorted(drawing.writer for drawing in drawings) == sorted(
        [f"apb/{digest_of('apb', 'again')}"] + 2 * [f"ibm/{digest_of('ibm', 'r00-03')}"]
    )
    assert passed_over == {"copies": 2}


def test_incomplete_digits_are_left_out(root, monkeypatch):
    monkeypatch.setattr(unipen, "LEFT_OUT", {digest_of("app/one.dat", "0")})
    sizes = {"ibm": ("0 0\n4 50", "0 0\n900 1500", "3 3\n3 3")}
    files = FILES | {
        "data/1a/ibm/one.dat": ".INCLUDE ibm/one.dat\n"
        + "".join(f'.SEGMENT CHARACTER {number} ? "1"\n' for number in range(3)),
        "include/ibm/one.dat": ink("r00-01", *sizes["ibm"]),
    }
    drawings, passed_over = reading(files)
    assert [(drawing.writer[:3], drawing.label) for drawing in drawings] == [("app", 7), ("ibm", 1)]
    assert drawings[1].lines[0].tolist() == [[0, 0], [4, -50]]
    assert passed_over == {"incomplete or mislabeled segments": 3}


DAMAGED = {
    "cut": lambda content: content[: len(content) // 2],
    "changed": lambda content: gzip.compress(gzip.decompress(content), mtime=0)[:-8] + bytes(8),
    "not packed": gzip.decompress,
    "empty": lambda content: b"",
    "no archive": lambda content: gzip.compress(b"<html>come back later</html>" * 100),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_archive_is_named(root, damage):
    put(damage(archive(FILES)))
    with pytest.raises(DataUnavailable, match=rf"{unipen.NAME} is damaged.*Delete it"):
        unipen.load()


def test_another_archive_is_named(root, monkeypatch):
    put(archive(FILES, top="somewhere/else/"))
    with pytest.raises(DataUnavailable, match="is not the archive of UNIPEN: it has 0 digits"):
        unipen.load()


class Server(BaseHTTPRequestHandler):
    """Serves a record and its archive. `breaks` says after how many bytes each connection breaks off."""

    content = archive(FILES)
    described: dict[str, object] | None = None
    breaks = ()
    asked = ()
    resumes = True

    def do_GET(self):
        if self.path == "/record":
            body = json.dumps({"files": [{"key": "other"}, self.described]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        elif self.path == "/archive":
            self.asked.append(self.headers["Range"])
            start = int(self.headers["Range"][6:-1]) if self.headers["Range"] and self.resumes else 0
            rest = self.content[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest[: self.breaks.pop(0)] if self.breaks else rest)
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(root, monkeypatch):
    content = Server.content
    described = {
        "key": unipen.NAME,
        "size": len(content),
        "checksum": f"md5:{hashlib.md5(content).hexdigest()}",
    }
    for name, value in {"described": described, "breaks": [], "asked": [], "resumes": True}.items():
        monkeypatch.setattr(Server, name, value)
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        monkeypatch.setattr(unipen, "ADDRESS", f"http://127.0.0.1:{http.server_port}/archive")
        monkeypatch.setattr(unipen, "RECORD", f"http://127.0.0.1:{http.server_port}/record")
        yield Server
        http.shutdown()
        thread.join()


def test_the_archive_is_fetched_when_missing_with_progress(server, root, caplog, capsys):
    assert not unipen.DOWNLOAD.is_here()
    with caplog.at_level(logging.INFO):
        assert [drawing.label for drawing in unipen.load()] == [7, 1]
    assert f"{unipen.NAME}: 100% of" in caplog.text
    assert capsys.readouterr() == ("", "")
    assert unipen.DOWNLOAD.is_here()
    assert [path.name for path in root.rglob("*")] == ["UNIPEN", "raw", unipen.NAME]
    unipen.load()
    assert server.asked == [None]


@pytest.mark.parametrize("resumes", [True, False])
def test_a_connection_that_breaks_is_taken_up_again(server, root, monkeypatch, resumes):
    monkeypatch.setattr(server, "breaks", [100, 50])
    monkeypatch.setattr(server, "resumes", resumes)
    assert len(unipen.load()) == 2
    assert server.asked == [None, "bytes=100-", "bytes=150-" if resumes else "bytes=50-"]
    assert unipen.path().read_bytes() == server.content


HARM = {
    "breaks off": {"breaks": [10] * 20, "resumes": False},
    "another": {"content": archive(FILES | {"data/1a/app/one.dat": SEGMENTS.replace("7", "4")})},
    "more": {"content": Server.content + bytes(5)},
    "no record": {"described": {"key": unipen.NAME}},
    "another checksum": {"described": {"key": unipen.NAME, "size": 5, "checksum": "sha1:0"}},
    "too large": {"described": {"key": unipen.NAME, "size": 10**12, "checksum": "md5:0"}},
}


@pytest.mark.parametrize("harm", [*HARM, "gone", "out of reach"])
def test_a_failed_fetch_says_what_to_put_where_and_leaves_nothing(server, root, monkeypatch, harm):
    for name, value in HARM.get(harm, {}).items():
        monkeypatch.setattr(server, name, value)
    if harm == "gone":
        monkeypatch.setattr(unipen, "ADDRESS", unipen.ADDRESS.replace("archive", "nothing"))
    if harm == "out of reach":
        monkeypatch.setattr(unipen, "RECORD", "http://127.0.0.1:9/record")
    with pytest.raises(
        DataUnavailable, match=rf"UNIPEN is not on this machine.*{unipen.NAME}.*MNIST_DEMO_DATA"
    ) as caught:
        unipen.load()
    assert str(root / "UNIPEN" / "raw") in str(caught.value)
    assert list(root.rglob("*")) == []
    del caught
    gc.collect()


def test_places_are_shared_out_by_size_and_then_by_remainder():
    assert shares({"b": 5, "a": 5, "c": 10}, 4) == {"a": 1, "b": 1, "c": 2}
    assert shares({"b": 1, "a": 1, "c": 1}, 4) == {"a": 2, "b": 1, "c": 1}


@pytest.mark.unipen
def test_the_real_archive_and_its_writers():
    drawings, passed_over = unipen.read(unipen.path())
    writers = {drawing.writer for drawing in drawings}
    assert passed_over == {"incomplete or mislabeled segments": 341, "copies": 310}
    assert len(drawings) == unipen.DRAWINGS
    assert len(writers) == 151
    assert writers > DEVELOPMENT_WRITERS
    assert sum(drawing.writer in DEVELOPMENT_WRITERS for drawing in drawings) == unipen.DEVELOPMENT_DRAWINGS
    assert not {writer.rpartition("/")[2] for writer in writers} & (TEST_WRITERS | SAME_WRITER.keys())
    assert of_unipen(drawings).keys() == DEVELOPMENT_WRITERS
    assert len(TEST_WRITERS) == 40
    assert len(DEVELOPMENT_WRITERS) == 20
