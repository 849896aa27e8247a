"""MurmurHash3_x86_32 of byte strings, by Austin Appleby, who placed it in the public domain."""

from collections.abc import Sequence

import numpy as np

C1, C2 = 0xCC9E2D51, 0x1B873593
MASK = 0xFFFFFFFF

LONG = 256
"""Keys of more bytes are hashed one by one: among many, a few of them would cost a pass of all numpy calls a block."""

FEW = 12
"""As many keys are hashed one by one."""


def murmurhash3(keys: Sequence[bytes], seed: int = 0) -> np.ndarray:
    """Signed hashes of keys.

    Parameters
    ----------
    keys : sequence of bytes
    seed : int
        From 0 to 2**32 - 1.

    Returns
    -------
    ndarray of int32, shape (n_keys,)
    """
    result = np.empty(len(keys), dtype=np.uint32)
    lengths = np.fromiter(map(len, keys), dtype=np.int64, count=len(keys))
    at_once = (lengths <= LONG) & (len(keys) > FEW)
    if at_once.any():
        result[at_once] = _many([keys[i] for i in np.flatnonzero(at_once).tolist()], lengths[at_once], seed)
    for i in np.flatnonzero(~at_once).tolist():
        result[i] = _one(keys[i], seed)
    return result.view(np.int32)


def _one(key: bytes, seed: int) -> int:
    """Hash of a key in Python's integers, unsigned."""
    h = seed
    for block in np.frombuffer(key, dtype="<u4", count=len(key) // 4).tolist():
        k = block * C1 & MASK
        k = (k << 15 | k >> 17) & MASK
        h ^= k * C2 & MASK
        h = (h << 13 | h >> 19) & MASK
        h = (h * 5 + 0xE6546B64) & MASK
    tail = key[len(key) // 4 * 4 :]
    if tail:
        k = int.from_bytes(tail, "little") * C1 & MASK
        k = (k << 15 | k >> 17) & MASK
        h ^= k * C2 & MASK
    h ^= len(key)
    h = (h ^ h >> 16) * 0x85EBCA6B & MASK
    h = (h ^ h >> 13) * 0xC2B2AE35 & MASK
    return h ^ h >> 16


def _many(keys: list[bytes], lengths: np.ndarray, seed: int) -> np.ndarray:
    """Hashes of many keys at once: a pass for each block of four bytes, over the keys that have it."""
    order = np.argsort(-lengths, kind="stable")
    sizes = lengths[order]
    # Three zeros behind the last key: a block of its tail reaches beyond it.
    data = np.frombuffer(b"".join(keys) + bytes(4), dtype=np.uint8)
    starts = (np.cumsum(lengths) - lengths)[order]
    h = np.full(len(keys), seed, dtype=np.uint32)
    n_blocks = sizes // 4
    for block in range(int(n_blocks[0])):
        count = int(np.searchsorted(-n_blocks, -block, side="left"))  # keys with more blocks than this
        h[:count] ^= _mixed(_words(data, starts[:count] + 4 * block))
        h[:count] = h[:count] << np.uint32(13) | h[:count] >> np.uint32(19)
        h[:count] = h[:count] * np.uint32(5) + np.uint32(0xE6546B64)
    rest = sizes % 4
    mask = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF], dtype=np.uint32)[rest]
    h ^= _mixed(_words(data, starts + sizes - rest) & mask)  # a tail of nothing mixes to zero
    h ^= sizes.astype(np.uint32)
    h = (h ^ h >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    h = (h ^ h >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    result = np.empty_like(h)
    result[order] = h ^ h >> np.uint32(16)
    return result


def _words(data: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Four bytes from each start on as a little-endian number."""
    word = data[starts].astype(np.uint32)
    for i in (1, 2, 3):
        word |= data[starts + i].astype(np.uint32) << np.uint32(8 * i)
    return word


def _mixed(k: np.ndarray) -> np.ndarray:
    k = k * np.uint32(C1)
    k = k << np.uint32(15) | k >> np.uint32(17)
    return k * np.uint32(C2)
