"""An event file of TensorBoard, as the header golden/event_file.hpp, with the standard library alone.

The framing is that of TFRecord (tensorflow/core/lib/io/record_writer.h), and the messages are those of
event.proto and summary.proto. By hand:
    python3 tests/golden/event_file.py > tests/golden/event_file.hpp
"""
import struct


def crc32c(data):
    """Bit by bit, with the polynomial of Castagnoli."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283  # the check value in catalogues of CRCs
assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(data):
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def varint(value):
    out = b""
    while True:
        value, low = value >> 7, value & 0x7F
        out += bytes([low | 0x80 if value else low])
        if not value:
            return out


def field(number, kind, data):
    return varint(number << 3 | kind) + data


def block(number, data):
    return field(number, 2, varint(len(data)) + data)


def event(wall_time, step, rest):
    steps = field(2, 0, varint(step)) if step else b""  # proto3 leaves out zeros
    return record(field(1, 1, struct.pack("<d", wall_time)) + steps + rest)


def scalar(wall_time, step, tag, value):
    return event(wall_time, step, block(5, block(1, block(1, tag.encode())
                                                 + field(2, 5, struct.pack("<f", value)))))


# The first bytes of the event files that TensorFlow and PyTorch write.
assert record(bytes(24))[:12].hex() == "1800000000000000a37f4b22"

START = 1_700_000_000.25
FILE = b"".join([
    event(START, 0, block(3, b"brain.Event:2")),
    scalar(START + 0.5, 128, "training loss", 0.75),
    scalar(START + 0.5, 128, "training accuracy", 0.1),
    scalar(START + 2, 5_000_000_000, "training accuracy", 0.5),
    scalar(START + 0.5, 128, "validation loss τ", 1.5),
    scalar(START + 2, 5_000_000_000, "validation loss τ", float("-inf")),
])

print("#pragma once\n\n// By golden/event_file.py.\n#include <array>\n\nnamespace golden {\n")
print(f"inline constexpr std::array<unsigned char, {len(FILE)}> event_file{{")
for start in range(0, len(FILE), 16):
    print("    " + " ".join(f"0x{byte:02x}," for byte in FILE[start:start + 16]))
print("};\n\n}  // namespace golden")
