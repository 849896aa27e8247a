"""CityHash64, version 1.0, of words, by Geoff Pike and Jyrki Alakuijala (Google, MIT licence), in plain integers.

TorchScript compiles these functions: its integers have 64 bits, with sign, and wrap around. Python's have no end and
are wrapped by hand; its strings are encoded, while those of TorchScript are bytes already.
"""

import torch


def _wrap(x: int) -> int:
    """The 64 lowest bits, with sign."""
    if not torch.jit.is_scripting():
        return (x + 0x8000000000000000) % 0x10000000000000000 - 0x8000000000000000
    return x


def _shifted(x: int, n: int) -> int:
    """Shifted right by at least one bit, with zeros from the left."""
    return (x >> n) & _wrap((1 << (64 - n)) - 1)


def _rotated(x: int, n: int) -> int:
    return x if n == 0 else _shifted(x, n) | _wrap(x << (64 - n))


def _shift_mix(x: int) -> int:
    return x ^ _shifted(x, 47)


def _fetch(data: list[int], start: int, size: int) -> int:
    """A number of some bytes, the lowest first."""
    value = 0
    for k in range(size):
        value = value | (data[start + k] << (8 * k))
    return _wrap(value)


def _hash16(u: int, v: int) -> int:
    multiplier = -7070675565921424023
    a = _shift_mix(_wrap((u ^ v) * multiplier))
    b = _shift_mix(_wrap((v ^ a) * multiplier))
    return _wrap(b * multiplier)


def _hash_to_16(data: list[int]) -> int:
    k2, k3 = -7286425919675154353, -3942382747735136937
    n = len(data)
    if n > 8:
        b = _fetch(data, n - 8, 8)
        return _hash16(_fetch(data, 0, 8), _rotated(_wrap(b + n), n)) ^ b
    if n >= 4:
        return _hash16(n + (_fetch(data, 0, 4) << 3), _fetch(data, n - 4, 4))
    if n > 0:
        y, z = data[0] + (data[n >> 1] << 8), n + (data[n - 1] << 2)
        return _wrap(_shift_mix(_wrap(y * k2) ^ _wrap(z * k3)) * k2)
    return k2


def _hash_to_32(data: list[int]) -> int:
    k0, k1, k2, k3 = -4348849565147123417, -5435081209227447693, -7286425919675154353, -3942382747735136937
    n = len(data)
    a, b = _wrap(_fetch(data, 0, 8) * k1), _fetch(data, 8, 8)
    c, d = _wrap(_fetch(data, n - 8, 8) * k2), _wrap(_fetch(data, n - 16, 8) * k0)
    return _hash16(_wrap(_rotated(_wrap(a - b), 43) + _rotated(c, 30) + d), _wrap(a + _rotated(b ^ k3, 20) - c + n))


def _halves(data: list[int], first: int, last: int, a: int, z: int) -> tuple[int, int]:
    """Two sums over 32 bytes from ``first`` on; ``z`` is the last eight of them, ``last`` where the third begins."""
    b, c = _rotated(_wrap(a + z), 52), _rotated(a, 37)
    a = _wrap(a + _fetch(data, first, 8))
    c = _wrap(c + _rotated(a, 7))
    a = _wrap(a + _fetch(data, last, 8))
    return _wrap(a + z), _wrap(b + _rotated(a, 31) + c)


def _hash_to_64(data: list[int]) -> int:
    k0, k2 = -4348849565147123417, -7286425919675154353
    n = len(data)
    a = _wrap(_fetch(data, 0, 8) + _wrap(n + _fetch(data, n - 16, 8)) * k0)
    v_first, v_second = _halves(data, 8, 16, a, _fetch(data, 24, 8))
    a = _wrap(_fetch(data, 16, 8) + _fetch(data, n - 32, 8))
    w_first, w_second = _halves(data, n - 24, n - 16, a, _fetch(data, n - 8, 8))
    r = _shift_mix(_wrap(_wrap(v_first + w_second) * k2 + _wrap(w_first + v_second) * k0))
    return _wrap(_shift_mix(_wrap(r * k0 + v_second)) * k2)


def _weak(data: list[int], start: int, a: int, b: int) -> tuple[int, int]:
    """Two sums over 32 bytes, with seeds."""
    z = _fetch(data, start + 24, 8)
    a = _wrap(a + _fetch(data, start, 8))
    b = _rotated(_wrap(b + a + z), 21)
    c = a
    a = _wrap(a + _fetch(data, start + 8, 8) + _fetch(data, start + 16, 8))
    return _wrap(a + z), _wrap(b + _rotated(a, 44) + c)


def _hash_long(data: list[int]) -> int:
    k0, k1 = -4348849565147123417, -5435081209227447693
    n = len(data)
    x, y, z = _fetch(data, 0, 8), _fetch(data, n - 16, 8) ^ k1, _fetch(data, n - 56, 8) ^ k0
    v_first, v_second = _weak(data, n - 64, n, y)
    w_first, w_second = _weak(data, n - 32, _wrap(n * k1), k0)
    z = _wrap(z + _shift_mix(v_second) * k1)
    x, y = _wrap(_rotated(_wrap(z + x), 39) * k1), _wrap(_rotated(y, 33) * k1)
    for start in range(0, n - 1 - (n - 1) % 64, 64):
        x = _wrap(_rotated(_wrap(x + y + v_first + _fetch(data, start + 16, 8)), 37) * k1) ^ w_second
        y = _wrap(_rotated(_wrap(y + v_second + _fetch(data, start + 48, 8)), 42) * k1) ^ v_first
        z = _rotated(z ^ w_first, 33)
        v_first, v_second = _weak(data, start, _wrap(v_second * k1), _wrap(x + w_first))
        w_first, w_second = _weak(data, start + 32, _wrap(z + w_second), y)
        z, x = x, z
    return _hash16(_wrap(_hash16(v_first, w_first) + _shift_mix(y) * k1 + z), _wrap(_hash16(v_second, w_second) + x))


def city_hash_64(word: str) -> int:
    """Hash of the UTF-8 bytes of a word, 64 bits with sign.

    Examples
    --------
    >>> city_hash_64("") == 0x9AE16A3B2F90404F - 2**64
    True
    """
    data: list[int] = []
    if torch.jit.is_scripting():
        for character in word:
            data.append(ord(character))
    else:
        data = list(word.encode())
    if len(data) <= 16:
        return _hash_to_16(data)
    if len(data) <= 32:
        return _hash_to_32(data)
    return _hash_to_64(data) if len(data) <= 64 else _hash_long(data)


def low_hash(word: str) -> int:
    """The 32 lowest bits of :func:`city_hash_64`, with sign."""
    low = city_hash_64(word) & 0xFFFFFFFF
    return low - 0x100000000 if low >= 0x80000000 else low
