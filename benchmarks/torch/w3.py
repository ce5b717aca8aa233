"""PyTorch trains W3, a LeNet-like net on images of 28 × 28, with SGD and momentum. One thread."""

import torch
from torch.nn import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential

from contest import epoch_seconds, one_thread, report, rounds

FIRST = 24 * 24 * 25 * 32  # multiply-adds of the first layer, which needs no gradient of its input
GIGAFLOP = 2e-9 * (3 * (FIRST + 8 * 8 * 25 * 32 * 64 + 1024 * 512 + 512 * 10) - FIRST)
SAMPLES = 1024


def make_net():
    return Sequential(
        Conv2d(1, 32, 5), ReLU(), MaxPool2d(2), Conv2d(32, 64, 5), ReLU(), MaxPool2d(2),
        Flatten(), Linear(1024, 512), ReLU(), Linear(512, 10))


if __name__ == "__main__":
    one_thread()
    images = torch.randn(SAMPLES, 1, 28, 28)
    labels = torch.randint(10, (SAMPLES,))
    for _ in rounds():
        for layout, name in (torch.contiguous_format, ""), (torch.channels_last, ", channels last"):
            for batch_size in 32, 128:
                net = make_net().to(memory_format=layout)
                optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, foreach=True)
                data = images.to(memory_format=layout), labels
                seconds = epoch_seconds(net, optimizer, data, batch_size)
                report("W3", f"one worker, batch {batch_size}", name, SAMPLES / seconds, GIGAFLOP)
