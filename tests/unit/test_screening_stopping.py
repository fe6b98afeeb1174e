"""Ranking and stopping: prior shift, exact bounds, coverage when one may stop at any look."""

from __future__ import annotations

import math
import random

import pytest

from citywatch.errors import InputError, SettingError
from citywatch.screening import shift_prior
from citywatch.uncertainty import recall_bound


def test_a_prior_shift_is_bayes_rule() -> None:
    assert shift_prior(0.9, 0.5, 0.5) == pytest.approx(0.9)
    assert shift_prior(0.9, 0.5, 0.001) == pytest.approx(0.9 * 0.002 / (0.9 * 0.002 + 0.1 * 1.998))
    with pytest.raises(SettingError, match="strictly between"):
        shift_prior(0.9, 0.5, 0.0)


def test_the_bound_is_the_exact_hypergeometric_one() -> None:
    found = recall_bound(found=90, unread=1000, sample=100, relevant=0, look=(1, None))
    chance = [math.comb(1000 - missed, 100) / math.comb(1000, 100) for missed in range(60)]
    assert found.most == max(missed for missed, p in enumerate(chance) if p > 0.025)
    assert found.low == pytest.approx(90 / (90 + found.most))


def test_a_census_leaves_nothing_open() -> None:
    found = recall_bound(found=7, unread=50, sample=50, relevant=3)
    assert (found.most, found.low) == (3, 1.0)


def test_numbers_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="sample of 11"):
        recall_bound(found=1, unread=10, sample=11, relevant=0)


def test_the_bound_holds_for_one_who_stops_as_soon_as_it_looks_good() -> None:
    """Ten looks at a growing sample, stopping at the first bound over 0.8: the bound is wrong in at most 5 % of runs."""
    draw = random.Random(7)
    wrong = stopped = 0
    for _ in range(400):
        unread, missed, known = 600, 40, 150  # true recall of what is known: 0.79
        pile = [True] * missed + [False] * (unread - missed)
        draw.shuffle(pile)
        for look in range(1, 11):
            sampled = 40 * look
            met = sum(pile[:sampled])
            found = recall_bound(found=known, unread=unread, sample=sampled, relevant=met, look=(look, None))
            if found.low >= 0.8 or look == 10:
                stopped += 1
                wrong += found.low > (known + met) / (known + missed)
                break
    assert stopped == 400
    assert wrong / stopped <= 0.05
