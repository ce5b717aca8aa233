"""Golden numbers by PyTorch and scikit-learn, in double, as the header golden/numbers.hpp.

By hand, with Debian's python3-torch and python3-sklearn (made with 1.13 and 1.2):
    /usr/bin/python3 tests/golden/make.py > tests/golden/numbers.hpp
"""
from math import cos, sin

import numpy as np
import sklearn.metrics as metrics
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(k, salt=0.0):
    """Numbers in [-1, 1] that both sides have. In C++: golden::wave."""
    return sin(1.3 * k + 0.1 * k * k + salt)


def write(name, numbers):
    numbers = [float(x) for x in numbers]
    text = ", ".join(repr(x) for x in numbers)
    print(f"inline constexpr std::array<double, {len(numbers)}> {name}{{{{{text}}}}};")


# Optimizers: x after steps 1, 5 and 12, of four parameters whose gradients are of several sizes.
# PyTorch adds epsilon in other places: it is far below every root here.
def path(make):
    x = torch.tensor([0.5, -1.0, 2.0, 0.0], requires_grad=True)
    optimizer = make([x])
    numbers = []
    for step in range(1, 13):
        x.grad = torch.tensor([wave(4 * step + k) * 10.0 ** (k - 2) for k in range(4)])
        optimizer.step()
        if step in (1, 5, 12):
            numbers += x.detach().tolist()
    return numbers


class Nadam:
    """PyTorch's as it is since 2.0: that of 1.13 has mu twice in the next product."""

    def __init__(self, x, lr, betas, eps):
        self.x, self.lr, self.betas, self.eps = x[0], lr, betas, eps
        self.m, self.v, self.product, self.t = 0, 0, 1, 0

    def step(self):
        self.t += 1
        (b1, b2), g = self.betas, self.x.grad
        mu = b1 * (1 - 0.5 * 0.96**self.t)
        following = b1 * (1 - 0.5 * 0.96 ** (self.t + 1))
        self.product *= mu
        self.m = b1 * self.m + (1 - b1) * g
        self.v = b2 * self.v + (1 - b2) * g * g
        mean = (1 - mu) * g / (1 - self.product)
        mean = mean + following * self.m / (1 - self.product * following)
        root = (self.v / (1 - b2**self.t)).sqrt() + self.eps
        self.x.data -= self.lr * mean / root


def optimizers():
    O = torch.optim
    tiny = 1e-15
    write("sgd", path(lambda x: O.SGD(x, lr=0.1)))
    write("momentum", path(lambda x: O.SGD(x, lr=0.02, momentum=0.8)))
    write("nesterov", path(lambda x: O.SGD(x, lr=0.02, momentum=0.7, nesterov=True)))
    write("adagrad", path(lambda x: O.Adagrad(x, lr=0.05, initial_accumulator_value=0.3, eps=tiny)))
    write("rms_prop", path(lambda x: O.RMSprop(x, lr=0.01, alpha=0.8, eps=tiny)))
    write("rms_prop_at_once", path(lambda x: O.RMSprop(x, lr=0.01, alpha=0.01, eps=tiny)))
    write("adadelta", path(lambda x: O.Adadelta(x, lr=0.5, rho=0.9, eps=1e-6)))
    write("adam", path(lambda x: O.Adam(x, lr=0.01, betas=(0.9, 0.999), eps=tiny)))
    write("adam_short", path(lambda x: O.Adam(x, lr=0.01, betas=(0.3, 0.2), eps=tiny)))
    write("adam_w", path(lambda x: O.AdamW(x, lr=0.01, betas=(0.8, 0.99), eps=tiny, weight_decay=0.1)))
    write("adamax", path(lambda x: O.Adamax(x, lr=0.02, betas=(0.8, 0.9), eps=tiny)))
    write("nadam", path(lambda x: Nadam(x, lr=0.01, betas=(0.8, 0.99), eps=tiny)))


# Nets: the loss, and the derivatives by all parameters in the order of weights by output and input,
# then biases, layer by layer.
def numbered(shape, salt):
    count = int(np.prod(shape))
    return torch.tensor([wave(k, salt) for k in range(count)]).reshape(shape).requires_grad_()


def dense_net(activation, loss):
    x = torch.tensor([[2 * wave(3 * i + k, 0.5) for k in range(3)] for i in range(6)])
    p = [numbered((4, 3), 1), numbered((4,), 2), numbered((2, 4), 3), numbered((2,), 4)]
    z = F.linear(activation(F.linear(x, p[0], p[1])), p[2], p[3])
    value = loss(z)
    value.backward()
    return [value.item()] + [d for q in p for d in q.grad.flatten().tolist()]


def nets():
    labels = torch.tensor([0, 1, 1, 0, 1, 0])
    weights = torch.tensor([1, 0.5, 2, -0.3, 1, 1])
    softmax = lambda z: (weights * F.cross_entropy(z, labels, reduction="none")).mean()
    targets = torch.tensor([[0.5 + 0.5 * wave(2 * i + k, 5) for k in range(2)] for i in range(6)])
    write("net_relu", dense_net(torch.relu, softmax))
    write("net_leaky_relu", dense_net(lambda x: F.leaky_relu(x, 0.2), softmax))
    write("net_elu", dense_net(lambda x: F.elu(x, 1.5), softmax))
    write("net_tanh", dense_net(torch.tanh, softmax))
    write("net_sigmoid", dense_net(torch.sigmoid, softmax))
    write("net_swish", dense_net(F.silu, softmax))
    write("net_softplus", dense_net(F.softplus, softmax))
    write("net_squares", dense_net(torch.tanh, lambda z: F.mse_loss(z, targets)))
    write("net_magnitudes", dense_net(torch.tanh, lambda z: F.l1_loss(z, targets)))
    write("net_sigmoids", dense_net(torch.tanh,
          lambda z: F.binary_cross_entropy_with_logits(z, targets)))

    # Images of 6 x 6 x 2, channels side by side; filters by filter, row, column, channel.
    x = torch.tensor([wave(k, 0.5) for k in range(3 * 72)]).reshape(3, 6, 6, 2).permute(0, 3, 1, 2)
    w, b, v = numbered((3, 3, 3, 2), 1), numbered((3,), 2), numbered((2, 12), 3)
    y = F.conv2d(x, w.permute(0, 3, 1, 2), b)
    y = F.max_pool2d(torch.relu(y), 2).permute(0, 2, 3, 1).reshape(3, 12)
    value = F.mse_loss(F.linear(y, v), torch.zeros(3, 2))
    value.backward()
    write("net_images", [value.item()] + w.grad.flatten().tolist() + b.grad.tolist())

    # BatchNorm between two dense layers, in training, and with the statistics of all data after it.
    x = torch.tensor([[2 * wave(3 * i + k, 0.5) for k in range(3)] for i in range(6)])
    p = [numbered((4, 3), 1), numbered((4,), 2), numbered((4,), 3), numbered((2, 4), 4)]
    h = F.linear(x, p[0])
    mean, variance = h.detach().mean(0), h.detach().var(0, unbiased=False)
    normal = F.batch_norm(h.detach(), mean, variance, p[1], p[2], training=False, eps=1e-3)
    trained = F.batch_norm(h, None, None, p[1], p[2], training=True, eps=1e-3)
    value = softmax(F.linear(trained, p[3]))
    value.backward()
    write("net_batch_norm", [value.item()] + [d for q in p for d in q.grad.flatten().tolist()])
    write("batch_norm_scores", torch.softmax(F.linear(normal, p[3]), 1).flatten().detach().tolist())


# Metrics of 40 events with ties and weights.
def judged():
    truth = [int(wave(k, 1) > 0.1) for k in range(40)]
    score = [round(0.5 + 0.3 * wave(k, 1) + 0.2 * wave(k, 2), 1) for k in range(40)]
    weight = [1.1 + wave(k, 3) for k in range(40)]
    said = [int(s > 0.5) for s in score]
    write("binary", [
        metrics.accuracy_score(truth, said, sample_weight=weight),
        metrics.precision_score(truth, said, sample_weight=weight),
        metrics.recall_score(truth, said, sample_weight=weight),
        metrics.f1_score(truth, said, sample_weight=weight),
        metrics.f1_score(truth, said, sample_weight=weight, average="macro"),
        metrics.f1_score(truth, said, sample_weight=weight, average="weighted"),
        metrics.roc_auc_score(truth, score, sample_weight=weight),
        metrics.log_loss(truth, np.clip(score, 1e-3, 1 - 1e-3), sample_weight=weight)])
    raw = np.array([[wave(3 * i + k, 1) for k in range(3)] for i in range(40)])
    p = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
    truth = [i * i % 7 % 3 for i in range(40)]
    said = p.argmax(1)
    write("of_three", [
        metrics.accuracy_score(truth, said, sample_weight=weight),
        metrics.precision_score(truth, said, sample_weight=weight, average="macro"),
        metrics.recall_score(truth, said, sample_weight=weight, average="weighted"),
        metrics.f1_score(truth, said, sample_weight=weight, average="macro"),
        metrics.log_loss(truth, p, sample_weight=weight)])


print("""#pragma once

// Written by golden/make.py, which describes them.
#include <array>
#include <cmath>

namespace golden {

/// Numbers in [-1, 1] that both sides have.
inline double wave(double k, double salt = 0) { return std::sin(1.3 * k + 0.1 * k * k + salt); }
""")
optimizers()
nets()
judged()
print("\n}  // namespace golden")
