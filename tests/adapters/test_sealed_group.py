"""The group and the client's half of the OPRF, against the standard and the package."""

from __future__ import annotations

import pytest

from safepassage.adapters import sealed_group as group

MULTIPLES_OF_THE_BASE = (
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
    "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
    "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
)
"""RFC 9496, appendix A.1."""
NO_ELEMENTS = (
    "00" * 32,  # the identity, which no blinded key is
    "01" + "00" * 31,  # negative
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # the prime itself
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",  # no square root
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d",  # 31 bytes
)
"""RFC 9496, appendix A.2, and others."""


def test_multiples_of_the_base_encode_as_in_the_standard():
    table = group.FixedBase.of(group.BASE_BYTES)
    for at, encoded in enumerate(MULTIPLES_OF_THE_BASE, start=1):
        assert group.encode(group.times(at, group.BASE)).hex() == encoded
        assert group.encode(table.times(at)).hex() == encoded
        assert group.encode(group.decode(bytes.fromhex(encoded))).hex() == encoded


@pytest.mark.parametrize("data", NO_ELEMENTS)
def test_what_is_no_element_is_refused(data):
    with pytest.raises(ValueError, match="not an element"):
        group.decode(bytes.fromhex(data))


def test_the_order_takes_every_element_to_the_identity():
    point = group.hash_to_group(b"anything")
    one_less = group.times(group.ORDER - 1, point)
    assert group.encode(group.add(one_less, point)) == bytes(32)


def test_a_weighted_sum_is_the_sum_of_multiples():
    points = [group.hash_to_group(bytes([n])) for n in range(5)]
    weights = [3, 0, group.ORDER - 1, 256, 2**200 + 7]
    slow = group.IDENTITY
    for weight, point in zip(weights, points, strict=True):
        slow = group.add(slow, group.times(weight, point))
    assert group.encode(group.weighted_sum(weights, points)) == group.encode(slow)


def test_blinding_hides_and_comes_off():
    """The same input under two blinds looks different and gives one output."""
    ristretto = pytest.importorskip("voprf", reason="the extra 'sealed' is not installed").ristretto
    holder = ristretto.Evaluator.from_seed(b"\x05" * 32, b"")
    public = bytes(holder.public_key.serialize())
    blinded = [group.blind(b"key", scalar) for scalar in (7, 2**251)]
    batch = [ristretto.BlindedInput.deserialize(each) for each in blinded]
    data = bytes(holder.evaluate_batch(batch).serialize())
    proof, evaluated = group.Proof.from_bytes(data[:64]), [data[64:96], data[96:]]
    points = group.verified(public, blinded, evaluated, proof)
    outputs = {
        group.unblind(b"key", scalar, point, public)
        for scalar, point in zip((7, 2**251), points, strict=True)
    }
    assert blinded[0] != blinded[1]
    assert outputs == {bytes(holder.evaluate_known_input(b"key"))}
    with pytest.raises(ValueError, match="does not hold"):
        group.verified(public, blinded, evaluated[::-1], proof)


def test_a_proof_of_another_size_is_refused():
    with pytest.raises(ValueError, match="two scalars"):
        group.Proof.from_bytes(b"\xff" * 64)
