"""PyTorch trains W1 of train_w1.cpp and exchange.cpp: 30-500-500-2, dropout, Adagrad. One thread a
process; one process, or two that exchange by gloo or share their parameters."""

import os
import tempfile

import torch
import torch.distributed
from torch.distributed.algorithms.model_averaging.averagers import PeriodicModelAverager
from torch.nn import Dropout, Linear, ReLU, Sequential

from contest import epoch_seconds, one_thread, report, rounds

GIGAFLOP = 2e-9 * (3 * (30 * 500 + 500 * 500 + 500 * 2) - 30 * 500)
SAMPLES = 12_288
DATA = torch.randn(SAMPLES, 30), torch.randint(2, (SAMPLES,))


def make_net():
    return Sequential(Linear(30, 500), ReLU(), Dropout(0.4), Linear(500, 500), ReLU(), Linear(500, 2))


def train(net, **options):
    optimizer = torch.optim.Adagrad(net.parameters(), lr=1e-3, foreach=True)
    return epoch_seconds(net, optimizer, DATA, **options)


def one_of_two(rank, folder, shared_net):
    """In a process of its own: SAMPLES samples, as the other takes."""
    one_thread()
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    barrier = torch.distributed.barrier

    def report_one(contestant, net, after_step=lambda: None):
        seconds = train(net, batch_size=32, after_step=after_step, barrier=barrier)
        if rank == 0:
            report("W1", "two workers, batch 32", contestant, 2 * SAMPLES / seconds)

    report_one(", DDP", torch.nn.parallel.DistributedDataParallel(make_net()))
    net = make_net()
    averager = PeriodicModelAverager(period=5)
    report_one(", local SGD", net, lambda: averager.average_parameters(net.parameters()))
    report_one(", Hogwild", shared_net)


if __name__ == "__main__":
    one_thread()
    for _ in rounds():
        for batch_size in 32, 256, 1024:
            seconds = train(make_net(), batch_size=batch_size)
            report("W1", f"one worker, batch {batch_size}", "", SAMPLES / seconds, GIGAFLOP)
        with tempfile.TemporaryDirectory() as folder:
            torch.multiprocessing.spawn(one_of_two, (folder, make_net().share_memory()), nprocs=2)
