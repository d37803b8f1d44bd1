"""Memory that is freed stays with a process that says so."""

import os
import subprocess
import sys

import pytest

FAULTS = """
import resource
import torch
from mnist_demo.training.allocation import keep_freed_memory

{}
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def step():
    return [torch.ones(2_000_000) for _ in range(10)] and None

for _ in range(10):
    step()
before = faults()
for _ in range(10):
    step()
print(faults() - before)
"""


def faults(line: str) -> int:
    # as glibc is where nothing has been freed yet: whether it learns to keep blocks is chance
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "131072"}
    made = subprocess.run(
        [sys.executable, "-c", FAULTS.format(line)], env=environment, capture_output=True, check=True
    )
    return int(made.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="it adjusts glibc, which only Linux has")
def test_blocks_that_are_freed_are_used_again_without_faults():
    # a hundred blocks of 8 MB, in pages of 4 KiB or in huge ones of 2 MiB
    assert faults("") >= 100
    assert faults("keep_freed_memory()") < 10
