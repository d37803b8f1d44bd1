"""UNIPEN's writers and segments that are treated apart, as digests: `unipen.digest_of` makes them.

Knows lists only, and no name.
"""

from types import MappingProxyType

#: Never read, whatever for: the project's test writers, by `SET/WRITER_ID`.
TEST_WRITERS = frozenset(
    [
        "03d884ab34755029",
        "09a44940cc8d9ce4",
        "1acee374397444b2",
        "1df2b90a4b96314f",
        "1f3d9a4da5f91772",
        "240ac636851b80d1",
        "2415e6ee3a948495",
        "243d011282adef1f",
        "30a3315dcea2a4b4",
        "38b597f760b1a4e0",
        "46fae740f4c27279",
        "4d0fca08db8c6efe",
        "50b1de8f62efbbbf",
        "53f52090ba2e7c1f",
        "5ee8021bd3a897ef",
        "60574af02ba8a99b",
        "63ccca8c1bba1b03",
        "75dcf3f26ed0e19c",
        "8341e34a16a4bae3",
        "857b87f3ba43b5d1",
        "85d120734bc31b49",
        "924c9a11c40fe583",
        "92f0d34eb23c822f",
        "9495202f61842642",
        "b14c91985768e764",
        "c1a28537a1c7a980",
        "c40a3d60bcc6654e",
        "c533be774395523c",
        "d4f3099a3be20c75",
        "d538a86abae29243",
        "d5f6b19de28effa6",
        "ddd3f768a0476c15",
        "de83c64cf9f6f61f",
        "eb929a8d9db9c480",
        "f23acda3ef41cc34",
        "f2da1bc2c5ccf558",
        "f863fd06742df2af",
        "fab66df2b6c34624",
        "fbaaf932d864e399",
        "fdad9e3d868b83fc",
    ]
)

#: Never trained on: twenty who stand for the other writers of their sets, by the shapes of what they drew and
#: nothing else (`benchmarks/development_writers.py` says how and computes them).
DEVELOPMENT_WRITERS = frozenset(
    [
        "aga/8855f89a102a42fc",
        "apa/f8da9bd18752eaf3",
        "apb/3bf400e345ce24bb",
        "apb/48fff22a48bc72f3",
        "apb/89aa2d63de238260",
        "apb/9e787d709584b665",
        "apb/b51bbb2782d4ef7d",
        "apb/ca5c2e217853c1bf",
        "app/51d3d681ea859f60",
        "app/ee810c283636a2f3",
        "art/974b75c325d6a04f",
        "ced/6477a4d8c74521c0",
        "ced/c429e46d165579d1",
        "ced/d97881bbbae4cbc6",
        "ced/dd1a251c71a1b6db",
        "ced/e0efb9504281aadb",
        "ced/e131287d291dd0f3",
        "ibm/2e5ae5eee1f3184f",
        "ibm/72e5da3266da39f9",
        "syn/2da58a7c5e69b73c",
    ]
)

#: A second name in set gmd under which there are mostly the same drawings, and the first.
SAME_WRITER = MappingProxyType({"ea75f40ee73189c6": "256b8f60c9a6326e"})

#: Segments left out one by one, by `SET/FILE/COMPONENTS`.
LEFT_OUT = frozenset(
    [
        "1d2e30dc93f7a1d6",
        "20897cf8c32959df",
        "2b2fee464ee6a7ae",
        "2f365f1c194ee71f",
        "40a7607e9547e698",
        "483b67f28eed1e28",
        "4f37d643801c6f03",
        "55fba19835429034",
        "69ea4648af621ec2",
        "6b2d4f03c232a9f4",
        "97df3c7bc9c0f260",
        "acd51836e239ccb1",
        "b09f5694c4f21dce",
        "bd9d1f375d29097a",
        "d4df2c4cabd920f4",
        "f80ace602bdefc5d",
        "fa29c2a073fa0426",
    ]
)
