"""What joining two clusters is worth, field by field over all pairs between them.

A record joins a person, not another record. A date that only one of the person's records holds
speaks for all of them, and where the person's records differ, the newcomer need agree with one:
each field's evidence is the mean, over the pairs in which both hold it, of the likelihood ratios
(``docs/theory/linkage.md``, "Clusters"; ``docs/spec/01-register.md`` §28).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safepassage.core.register.model import MODEL, Parameters
from safepassage.core.register.score import Comparisons, Scores, kin_bits

FloatArray = NDArray[np.float64]
_LEAST_RATIO_BITS = -60.0
_NEVER = -1e9
_KIN = np.array([field.kin for field in MODEL])


@dataclass(frozen=True, slots=True, eq=False)
class JointWeights:
    """Compared pairs with what a cluster needs of them.

    Parameters
    ----------
    log_odds
        float64[p], bits for one person, households, rivals and calibration included.
    context
        float64[p], the part of `log_odds` that no field explains: households and rivals.
    bits, kin
        float64[p, fields], bits of one person, and of one family, against strangers; -1e9 where
        the field is missing in either record.
    match_bits, stranger_bits, family_bits
        float64[p], logarithms of the rates of the three classes of pairs.
    """

    log_odds: FloatArray
    context: FloatArray
    bits: FloatArray
    kin: FloatArray
    match_bits: FloatArray
    stranger_bits: FloatArray
    family_bits: FloatArray

    @classmethod
    def of(
        cls, pairs: Comparisons, parameters: Parameters, scores: Scores, log_odds: FloatArray
    ) -> JointWeights:
        """Prepare the pairs.

        Parameters
        ----------
        log_odds
            Of the verdicts: after households and rivals.
        """
        here = pairs.levels >= 0
        match = np.array(parameters.match_rate)[pairs.group]
        family = np.array(parameters.family_rate)[pairs.group]
        return cls(
            log_odds=log_odds,
            context=log_odds - scores.log_odds,
            bits=np.where(here, pairs.bits, _NEVER),
            kin=np.where(here[:, _KIN], kin_bits(pairs, parameters)[:, _KIN], _NEVER),
            match_bits=np.log2(match),
            stranger_bits=np.log2(np.clip(1.0 - match - family, 1e-6, 1.0)),
            family_bits=np.log2(family),
        )

    def worth(self, positions: Sequence[int] | NDArray[np.int64]) -> float:
        """Return the log-odds that two clusters are one person.

        Parameters
        ----------
        positions
            Indices of all pairs between the two.
        """
        if len(positions) == 1:
            return float(self.log_odds[positions[0]])
        at = np.asarray(positions)
        first = int(at[np.argmax(self.match_bits[at])])
        family = self.family_bits[first] + _mean_ratios(self.kin[at]).sum()
        others = np.logaddexp2(self.stranger_bits[first], family)
        fields = self.match_bits[first] + _mean_ratios(self.bits[at]).sum() - others
        return float(fields + _mean_ratios(self.context[at, None])[0])


def _mean_ratios(bits: FloatArray) -> FloatArray:
    """Return, per column, the logarithm of the mean likelihood ratio; 0 where none is known."""
    there = bits > _NEVER
    known = there.sum(axis=0)
    highest = bits.max(axis=0)
    ratios = np.exp2(np.maximum(bits - highest, _LEAST_RATIO_BITS)) * there
    means = highest + np.log2(np.maximum(ratios.sum(axis=0), 1e-30) / np.maximum(known, 1))
    return np.where(known > 0, means, 0.0)
