"""The ristretto255 group and the client's half of the verifiable OPRF over it.

The installed OPRF package keeps a client's blinding inside a live object, so a side that
carries files by hand could not close its laptop between asking and being answered. This module is
therefore the client, with blinds that can be derived again; the key holder's half is the package's.
Both are checked against each other and against the vectors of RFC 9497, appendix A.1.2.

Sources: RFC 9496 section 4 (encoding, decoding, element derivation), RFC 9380 section 5.3.1
(``expand_message_xmd``), RFC 9497 sections 2.2.2 (proofs) and 3.3.2 (verifiable mode).

Blinding is additive, ``P + r G``, taken off by ``Z - r pk``: the output is that of RFC 9497, whose
own blinding, ``r P``, costs four times as much here. It hides the input perfectly, and is safe only
if ``pk`` is the key that was agreed and every proof is checked (Jarecki, Krawczyk and Xu, PKC 2021,
doi:10.1007/978-3-030-75248-4_14, who write the group multiplicatively and so call it
multiplicative), which :func:`verified` sees to. Arithmetic is on Python's integers and not of
constant time: run it on a machine whose users you trust.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CONTEXT = b"OPRFV1-\x01-ristretto255-SHA512"
"""Context string of the verifiable mode, RFC 9497 section 3.1."""
LARGEST_BATCH = 4096
"""Elements under one proof; the standard allows 65,535."""

_D = -121665 * pow(121666, -1, PRIME) % PRIME
_2D = 2 * _D % PRIME
_SQRT_M1 = pow(2, (PRIME - 1) // 4, PRIME)
_BASE_Y = 4 * pow(5, -1, PRIME) % PRIME
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_WINDOW_BITS = 8

Point = tuple[int, int, int, int]
"""Extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z."""
_Affine = tuple[int, int, int]
"""(y - x, y + x, 2dxy), ready to be added."""

IDENTITY: Point = (0, 1, 1, 0)
BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % PRIME)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that every element of a batch was raised to the agreed key, RFC 9497 2.2.1."""

    challenge: int
    response: int

    @classmethod
    def from_bytes(cls, data: bytes) -> Proof:
        """Read the 64 bytes of a proof.

        Raises
        ------
        ValueError
            If they are not two reduced scalars.
        """
        pair = int.from_bytes(data[:32], "little"), int.from_bytes(data[32:], "little")
        if len(data) != 64 or max(pair) >= ORDER:
            raise ValueError("a proof is two scalars of 32 bytes")
        return cls(*pair)


# ------------------------------------------------------------------------------ the client's half


def blind(data: bytes, scalar: int) -> bytes:
    """Return the blinded element for an input, 32 bytes; any input is equally likely behind it."""
    return encode(add(hash_to_group(data), FixedBase.of(BASE_BYTES).times(scalar)))


def unblind(data: bytes, scalar: int, evaluated: Point, public_key: bytes) -> bytes:
    """Return the OPRF output, 64 bytes, for an element that :func:`verified` has passed."""
    return finish(data, encode(add(evaluated, FixedBase.of(public_key).times(-scalar))))


def finish(data: bytes, element: bytes) -> bytes:
    """Return the hash of input and unblinded element, RFC 9497 ``Finalize``."""
    return hashlib.sha512(_sized(data) + _sized(element) + b"Finalize").digest()


def verified(
    public_key: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes], proof: Proof
) -> list[Point]:
    """Return the evaluated points, if each was made with the key behind `public_key`.

    Raises
    ------
    ValueError
        If the proof does not hold, or something is no element of the group.
    """
    weights = _weights(public_key, blinded, evaluated)
    points = [decode(each) for each in evaluated]
    first = weighted_sum(weights, [decode(each) for each in blinded])
    second = weighted_sum(weights, points)
    if _challenge(public_key, first, second, proof) != proof.challenge:
        raise ValueError("the proof does not hold")
    return points


def _challenge(public_key: bytes, first: Point, second: Point, proof: Proof) -> int:
    keyed = FixedBase.of(public_key).times(proof.challenge)
    commitment = add(FixedBase.of(BASE_BYTES).times(proof.response), keyed)
    other = add(times(proof.response, first), times(proof.challenge, second))
    parts = (public_key, *map(encode, (first, second, commitment, other)))
    return hash_to_scalar(b"".join(map(_sized, parts)) + b"Challenge")


def _weights(public_key: bytes, blinded: Sequence[bytes], evaluated: Sequence[bytes]) -> list[int]:
    seed = hashlib.sha512(_sized(public_key) + _sized(b"Seed-" + CONTEXT)).digest()
    return [
        hash_to_scalar(_sized(seed) + at.to_bytes(2, "big") + _sized(c) + _sized(d) + b"Composite")
        for at, (c, d) in enumerate(zip(blinded, evaluated, strict=True))
    ]


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def hash_to_scalar(data: bytes) -> int:
    """Return the scalar that bytes hash to, RFC 9497 section 4.1."""
    return int.from_bytes(_expand(data, b"HashToScalar-" + CONTEXT), "little") % ORDER


def hash_to_group(data: bytes) -> Point:
    """Return the element that bytes hash to; nobody knows its logarithm."""
    uniform = _expand(data, b"HashToGroup-" + CONTEXT)
    return add(_map(uniform[:32]), _map(uniform[32:]))


def _expand(data: bytes, tag: bytes) -> bytes:
    """Return 64 uniform bytes: ``expand_message_xmd`` with SHA-512, whose block is 128 bytes."""
    tag += bytes([len(tag)])
    first = hashlib.sha512(bytes(128) + data + b"\x00\x40\x00" + tag).digest()
    return hashlib.sha512(first + b"\x01" + tag).digest()


# ------------------------------------------------------------------------------- group arithmetic


class FixedBase:
    """Multiples of one point by table: 32 additions a multiplication."""

    def __init__(self, point: Point) -> None:
        self._rows = [_affine(row) for row in _window_rows(point)]

    @staticmethod
    @lru_cache(maxsize=4)
    def of(encoded: bytes) -> FixedBase:
        """Return the table of an encoded point, kept for the next call.

        Raises
        ------
        ValueError
            If it is no element.
        """
        return FixedBase(decode(encoded))

    def times(self, scalar: int) -> Point:
        """Return the multiple by a scalar of any size and sign."""
        total = IDENTITY
        for digit, row in zip((scalar % ORDER).to_bytes(32, "little"), self._rows, strict=True):
            if digit:
                total = _add_affine(total, row[digit])
        return total


def _window_rows(point: Point) -> Iterable[list[Point]]:
    for _ in range(256 // _WINDOW_BITS):
        row = [IDENTITY]
        for _ in range((1 << _WINDOW_BITS) - 1):
            row.append(add(row[-1], point))
        yield row
        point = add(row[-1], point)


def times(scalar: int, point: Point) -> Point:
    """Return a multiple of any point, by doubling and adding."""
    total = IDENTITY
    for bit in f"{scalar % ORDER:b}":
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def weighted_sum(weights: Sequence[int], points: Sequence[Point]) -> Point:
    """Return the sum of multiples, bucket by bucket (Pippenger)."""
    affine = _affine(points)
    digits = [weight.to_bytes(32, "little") for weight in weights]
    total = IDENTITY
    for place in reversed(range(32)):
        for _ in range(_WINDOW_BITS):
            total = add(total, total)
        total = add(total, _bucket_sum([digit[place] for digit in digits], affine))
    return total


def _bucket_sum(digits: Sequence[int], points: Sequence[_Affine]) -> Point:
    buckets = [IDENTITY] * (1 << _WINDOW_BITS)
    for digit, point in zip(digits, points, strict=True):
        buckets[digit] = _add_affine(buckets[digit], point)
    running = total = IDENTITY
    for bucket in reversed(buckets[1:]):
        running = add(running, bucket)
        total = add(total, running)
    return total


def add(left: Point, right: Point) -> Point:
    """Return the sum of two points; complete, so doubling is no special case."""
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a = (y1 - x1) * (y2 - x2) % PRIME
    b = (y1 + x1) * (y2 + x2) % PRIME
    c = t1 * t2 % PRIME * _2D % PRIME
    d = 2 * z1 * z2 % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def _add_affine(left: Point, right: _Affine) -> Point:
    x1, y1, z1, t1 = left
    minus, plus, product = right
    a = (y1 - x1) * minus % PRIME
    b = (y1 + x1) * plus % PRIME
    c = t1 * product % PRIME
    d = 2 * z1
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def _affine(points: Sequence[Point]) -> list[_Affine]:
    """Return points ready to be added, with one inversion for all (Montgomery's trick)."""
    products = [1]
    for point in points:
        products.append(products[-1] * point[2] % PRIME)
    inverse = pow(products[-1], -1, PRIME)
    found: list[_Affine] = []
    for point, before in zip(reversed(points), reversed(products[:-1]), strict=True):
        x, y = point[0] * inverse * before % PRIME, point[1] * inverse * before % PRIME
        found.append(((y - x) % PRIME, (y + x) % PRIME, x * y % PRIME * _2D % PRIME))
        inverse = inverse * point[2] % PRIME
    return found[::-1]


# --------------------------------------------------------------------- encoding, RFC 9496 section 4


def _root(u: int, v: int) -> tuple[bool, int]:
    """Return whether u/v is a square, and the non-negative root of u/v or of i u/v."""
    cube = v * v % PRIME * v % PRIME
    seventh = cube * cube % PRIME * v % PRIME
    root = u * cube % PRIME * pow(u * seventh % PRIME, (PRIME - 5) // 8, PRIME) % PRIME
    check = v * root % PRIME * root % PRIME
    u %= PRIME
    flipped = check in (-u % PRIME, -u * _SQRT_M1 % PRIME)
    if flipped:
        root = root * _SQRT_M1 % PRIME
    return check in (u, -u % PRIME), _absolute(root)


def _absolute(value: int) -> int:
    value %= PRIME
    return PRIME - value if value & 1 else value


_ONE_MINUS_D_SQUARED = (1 - _D * _D) % PRIME
_D_MINUS_ONE_SQUARED = (_D - 1) ** 2 % PRIME
_INVERSE_ROOT_A_MINUS_D = _root(1, -1 - _D)[1]
_ROOT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235


def decode(data: bytes) -> Point:
    """Return the point that 32 bytes stand for.

    Raises
    ------
    ValueError
        If they are not the one encoding of an element, or that of the identity.
    """
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= PRIME or s & 1 or not s:
        raise ValueError("not an element of ristretto255")
    square = s * s % PRIME
    u1, u2 = 1 - square, 1 + square
    v = (-_D * u1 * u1 - u2 * u2) % PRIME
    is_square, inverse = _root(1, v * u2 % PRIME * u2 % PRIME)
    x = _absolute(2 * s * inverse % PRIME * u2)
    y = u1 * inverse % PRIME * inverse % PRIME * u2 % PRIME * v % PRIME
    t = x * y % PRIME
    if not is_square or t & 1 or not y:
        raise ValueError("not an element of ristretto255")
    return x, y, 1, t


def encode(point: Point) -> bytes:
    """Return the 32 bytes of a point's element."""
    x, y, z, t = point
    u1, u2 = (z + y) * (z - y) % PRIME, x * y % PRIME
    inverse = _root(1, u1 * u2 % PRIME * u2 % PRIME)[1]
    den1, den2 = inverse * u1 % PRIME, inverse * u2 % PRIME
    z_inverse = den1 * den2 % PRIME * t % PRIME
    if t * z_inverse % PRIME & 1:
        x, y = y * _SQRT_M1 % PRIME, x * _SQRT_M1 % PRIME
        den2 = den1 * _INVERSE_ROOT_A_MINUS_D % PRIME
    if x * z_inverse % PRIME & 1:
        y = -y
    return _absolute(den2 * (z - y)).to_bytes(32, "little")


def _map(data: bytes) -> Point:
    """Return the point of 32 uniform bytes, RFC 9496 section 4.3.4."""
    t = int.from_bytes(data, "little") % 2**255
    r = _SQRT_M1 * t * t % PRIME
    u = (r + 1) * _ONE_MINUS_D_SQUARED % PRIME
    v = (-1 - r * _D) * (r + _D) % PRIME
    is_square, s = _root(u, v)
    c = -1
    if not is_square:
        s, c = -_absolute(s * t), r
    n = (c * (r - 1) * _D_MINUS_ONE_SQUARED - v) % PRIME
    w0, w1 = 2 * s * v % PRIME, n * _ROOT_AD_MINUS_ONE % PRIME
    w2, w3 = (1 - s * s) % PRIME, (1 + s * s) % PRIME
    return w0 * w3 % PRIME, w2 * w1 % PRIME, w1 * w3 % PRIME, w0 * w2 % PRIME


BASE_BYTES = encode(BASE)
