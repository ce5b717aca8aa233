"""What w1.py and w3.py share: a pass over the samples, and a line of JSON, as contest.hpp's, for it."""

import argparse
import json
import os
import time

import torch


def blas():
    """The library that multiplies matrices, on which speed hangs."""
    with open("/proc/self/maps") as maps:
        files = {os.path.basename(os.path.realpath(line.split()[-1])) for line in maps}
    return " ".join(sorted(name for name in files if "blas" in name))


def rounds():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    return range(parser.parse_args().rounds)


def one_thread():
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def epoch_seconds(net, optimizer, data, batch_size, after_step=lambda: None, barrier=lambda: None):
    """Trains net with cross-entropy in batches of data, which is a pair of samples and labels."""
    loss = torch.nn.CrossEntropyLoss()
    batches = list(zip(*(part.split(batch_size) for part in data)))

    def step(samples, labels):
        optimizer.zero_grad(set_to_none=True)
        loss(net(samples), labels).backward()
        optimizer.step()
        after_step()

    for batch in batches[:5]:
        step(*batch)
    barrier()
    begin = time.perf_counter()
    for batch in batches:
        step(*batch)
    barrier()
    return time.perf_counter() - begin


def report(workload, task, contestant, rate, gigaflop=None):
    """Of rate samples a second, each of so many operations."""
    line = {
        "workload": workload,
        "task": task,
        "contestant": f"PyTorch {torch.__version__}{contestant}",
        "build": f"with {blas()}",
        "items": "samples",
        "rate": rate,
    }
    if gigaflop:
        line |= {"amount": gigaflop, "unit": "GFLOP"}
    print(json.dumps(line), flush=True)
