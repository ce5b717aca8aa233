#!/usr/bin/env python3
"""The numbers of tests/data/permutation.cpp, from the words of docs/protocol.md alone."""

M64 = 2**64 - 1


def mix(x):
    x = (x + 0x9E3779B97F4A7C15) & M64
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & M64
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & M64
    return x ^ (x >> 31)


def draw(x, key):
    x = (x + key) * 0xBF58476D1CE4E5B9 & M64
    x = (x ^ (x >> 32)) * 0x94D049BB133111EB & M64
    return x >> 32


def permutation(size, seed):
    a = 2 ** ((size - 1).bit_length() // 2)
    b = -(-size // a)
    keys = [mix((seed + r) & M64) for r in range(24 if size < 256 else 8)]

    def number(position):
        x = position
        while True:
            high, low = divmod(x, a)
            for r, key in enumerate(keys):
                if r % 2 == 0:
                    low = (low + draw(high, key)) % a
                else:
                    high = (high + draw(low, key) * b // 2**32) % b
            x = high * a + low
            if x < size:
                return x

    return number


for size in (1, 7, 1000, 100_000_000, 4_000_000_000):
    number = permutation(size, 42)
    print(size, [number(i) for i in range(min(8, size))])
